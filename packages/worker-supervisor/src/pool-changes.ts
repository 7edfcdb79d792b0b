import { ChangeQueue } from './change-queue.ts';
import { asError } from './error-record.ts';
import {
  PoolClosedError,
  PoolNotListeningError,
  ResizeFailedError,
  RestartFailedError,
} from './errors.ts';
import { countSteps, type StopLimits } from './escalation.ts';
import type { ManagedWorker } from './managed-worker.ts';
import type { Generation } from './place.ts';
import type { PoolEvents } from './pool-stats.ts';
import {
  type ChangeOptions,
  requireWorkers,
  resolveChangeOptions,
  resolveResizeOptions,
  resolveRestartOptions,
  type ResizeReport,
  type RestartOptions,
  type RestartReport,
  type WorkerRecipe,
} from './restart-options.ts';
import { type Departure, rollingRestart } from './rolling-restart.ts';
import type { Supervisor } from './supervisor.ts';

/** What changes of a pool work with. */
export interface PoolChangesParts<Launch extends object> {
  readonly supervisor: Supervisor;
  readonly shutdown: Required<StopLimits>;
  readonly recipe: WorkerRecipe<Launch>;
  /** Makes workers by a recipe. */
  readonly generation: (number: number, recipe: WorkerRecipe<Launch>) => Generation;
  /** Checks what only this kind of worker has. */
  readonly checkLaunch: (launch: Launch) => Launch;
  /** Resolves when the pool listens; undefined when nobody has told it to. */
  readonly listening: () => Promise<unknown> | undefined;
  /** Kills leaving workers when it fires. */
  readonly force: AbortSignal;
  /** Called when other workers than before take connections. */
  readonly onTakenOver: () => void;
  readonly warn: (message: string) => void;
  readonly tell: <Event extends keyof PoolEvents>(
    event: Event,
    ...values: PoolEvents[Event]
  ) => void;
}

/** Exchanges, adds and removes the workers of a pool that serves, one change after another. */
export class PoolChanges<Launch extends object> {
  readonly #parts: PoolChangesParts<Launch>;
  readonly #queue = new ChangeQueue();
  readonly #closing = new AbortController();
  #recipe: WorkerRecipe<Launch>;
  #generation: Generation;

  constructor(parts: PoolChangesParts<Launch>, generation: Generation) {
    this.#parts = parts;
    this.#recipe = parts.recipe;
    this.#generation = generation;
  }

  /** Ends the change that is under way and those that wait; to be called when the pool closes. */
  stop(): void {
    this.#closing.abort();
  }

  /** Whether {@link stop} has been called. */
  get stopped(): boolean {
    return this.#closing.signal.aborted;
  }

  /** See `WorkerPool.restart()`. */
  async restart(options: RestartOptions & Partial<Launch>): Promise<RestartReport> {
    const { shutdown, checkLaunch } = this.#parts;
    resolveRestartOptions(options, this.#recipe, checkLaunch);
    const how = resolveChangeOptions(options, shutdown);
    return this.#run('restart', async (startedAtMs) => {
      // Against what holds now: a change before this one may have brought other settings.
      const { recipe, maxSurge } = resolveRestartOptions(options, this.#recipe, checkLaunch);
      const { supervisor, generation: make, tell } = this.#parts;
      const generation = make(this.#generation.number + 1, recipe);
      tell('restarting', generation.number);
      let departures: Departure[];
      try {
        departures = await rollingRestart(supervisor, supervisor.places, {
          ...how,
          ...this.#hooks(),
          generation,
          maxSurge,
        });
      } catch (cause) {
        const error = this.#closing.signal.aborted
          ? new PoolClosedError('restart')
          : new RestartFailedError(asError(cause));
        tell('restartFailed', error);
        throw error;
      }
      this.#recipe = recipe;
      this.#generation = generation;
      const report: RestartReport = Object.freeze({
        generation: generation.number,
        cutConnections: cutConnections(departures),
        durationMs: performance.now() - startedAtMs,
        workers: Object.freeze(countSteps(departures.map(({ step }) => step))),
      });
      tell('restarted', report);
      return report;
    });
  }

  /** See `WorkerPool.resize()`. */
  async resize(workers: number, options: ChangeOptions): Promise<ResizeReport> {
    requireWorkers(workers);
    const how = resolveResizeOptions(options, this.#parts.shutdown);
    return this.#run('resize', async (startedAtMs) => {
      const { supervisor, force, tell, onTakenOver } = this.#parts;
      const previousWorkers = supervisor.places.length;
      let departures: Departure[] = [];
      if (workers > previousWorkers) {
        const places = supervisor.additionalPlaces(workers - previousWorkers, this.#generation);
        try {
          departures = await rollingRestart(supervisor, places, {
            ...how,
            ...this.#hooks(),
            generation: this.#generation,
            maxSurge: Infinity,
          });
        } catch (cause) {
          if (this.#closing.signal.aborted) throw new PoolClosedError('resize');
          throw new ResizeFailedError(workers, asError(cause));
        }
      } else {
        const leaving = supervisor.removePlaces(previousWorkers - workers);
        const retired = supervisor.retire(leaving, how.limits, force);
        onTakenOver();
        const steps = await retired;
        departures = leaving.map((worker, index) => ({
          worker,
          step: steps[index] ?? 'abandoned',
        }));
      }
      const report: ResizeReport = Object.freeze({
        workers,
        previousWorkers,
        cutConnections: cutConnections(departures),
        durationMs: performance.now() - startedAtMs,
      });
      tell('resized', report);
      return report;
    });
  }

  /**
   * Exchanges one worker for one of the same making.
   *
   * @param worker the worker
   * @param onStart called when its turn has come
   * @returns whether it was exchanged; not if it had left its place by its turn
   */
  recycle(worker: ManagedWorker, onStart: () => void): Promise<boolean> {
    return this.#run('recycle a worker of', async () => {
      const { supervisor, shutdown } = this.#parts;
      const place = supervisor.places.find((candidate) => candidate.worker === worker);
      if (place === undefined || worker.state !== 'ready') return false;
      onStart();
      await rollingRestart(supervisor, [place], {
        ...this.#hooks(),
        generation: place.generation,
        limits: shutdown,
        parallelBoots: 1,
        maxSurge: 1,
      });
      return true;
    });
  }

  #hooks() {
    const { force, onTakenOver, warn } = this.#parts;
    return {
      signal: this.#closing.signal,
      force,
      onTakenOver,
      onStranded: (error: Error): void =>
        warn(`A worker could not be put back after a failed restart: ${error.message}`),
    };
  }

  /** Runs a change when those before it are done, unless the pool is closed by then. */
  #run<Result>(verb: string, change: (startedAtMs: number) => Promise<Result>): Promise<Result> {
    return this.#queue.run(async () => {
      const { signal } = this.#closing;
      if (signal.aborted) throw new PoolClosedError(verb);
      const listening = this.#parts.listening();
      if (listening === undefined) throw new PoolNotListeningError(verb);
      await listening;
      if (signal.aborted) throw new PoolClosedError(verb);
      return change(performance.now());
    });
  }
}

function cutConnections(departures: readonly Departure[]): number {
  return departures.reduce((sum, { worker }) => sum + worker.cutConnections, 0);
}
