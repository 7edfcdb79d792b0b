import { ChangeQueue } from './change-queue.ts';
import { asError } from '../../errors/error-record.ts';
import {
  PoolClosedError,
  PoolNotListeningError,
  ResizeFailedError,
  RestartFailedError,
} from '../../errors/errors.ts';
import { countSteps } from '../supervision/escalation.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { Generation, WorkerSlot } from '../supervision/worker-slot.ts';
import {
  type ChangeDefaults,
  type ChangeOptions,
  requireWorkerId,
  requireWorkers,
  resolveChangeOptions,
  resolveResizeOptions,
  resolveRestartOptions,
  resolveRetireOptions,
  type ResizeReport,
  type ResolvedChangeOptions,
  type RestartOptions,
  type RestartReport,
  type RetireOptions,
  type RetireReport,
  type WorkerSpec,
} from '../../options/workers/restart-options.ts';
import { rollingRestart, type RollingRestart, type TakenOver } from './rolling-restart.ts';
import { RetireFailedError, UnknownWorkerError } from '../../errors/rollout-errors.ts';
import type { Departure, Supervisor } from '../supervision/supervisor.ts';
import type { WorkerProbe } from '../../options/workers/rollout-options.ts';

/** How many sets of workers there may be beyond the pool's own while earlier restarts drain. */
const MAX_SURGE_FACTOR = 4;

/** Who hears what becomes of changes, as the pool's events of the same names tell. */
export interface RolloutListener {
  restarting(generation: number): void;
  restarted(report: RestartReport): void;
  restartFailed(error: Error): void;
  resized(report: ResizeReport): void;
  workerRetired(report: RetireReport): void;
}

/** What changes of a pool work with. */
export interface RolloutsParts<KindOptions extends object> extends ChangeDefaults {
  readonly supervisor: Supervisor;
  readonly spec: WorkerSpec<KindOptions>;
  /** Makes workers by a spec. */
  readonly generation: (number: number, spec: WorkerSpec<KindOptions>) => Generation;
  /** Checks what only this kind of worker has. */
  readonly checkKindOptions: (kindOptions: KindOptions) => KindOptions;
  /** Resolves when the pool listens; undefined when nobody has told it to. */
  readonly listening: () => Promise<unknown> | undefined;
  /** Kills leaving workers when it fires. */
  readonly force: AbortSignal;
  /** Called when other workers than before take connections. */
  readonly onTakenOver: () => void;
  /** Tries a worker that does not serve yet. */
  readonly probe: (worker: ManagedWorker, probe: WorkerProbe, signal: AbortSignal) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly told: RolloutListener;
}

/** A change whose workers serve, while others finish their connections. */
interface Change<Result> extends TakenOver {
  /** Called when the last of them has ended. */
  readonly ended: (departures: readonly Departure[]) => Result;
}

/**
 * Exchanges, adds and removes the workers of a pool that serves. New workers boot and take
 * over one change after another; the workers that leave finish their connections meanwhile,
 * and no later change waits for that.
 */
export class Rollouts<KindOptions extends object> {
  readonly #parts: RolloutsParts<KindOptions>;
  readonly #queue = new ChangeQueue();
  readonly #closing = new AbortController();
  #spec: WorkerSpec<KindOptions>;
  #generation: Generation;

  constructor(parts: RolloutsParts<KindOptions>, generation: Generation) {
    this.#parts = parts;
    this.#spec = parts.spec;
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
  async restart(options: RestartOptions & Partial<KindOptions>): Promise<RestartReport> {
    const { checkKindOptions } = this.#parts;
    resolveRestartOptions(options, this.#spec, checkKindOptions);
    const how = resolveChangeOptions(options, this.#parts);
    return this.#run('restart', async (startedAtMs) => {
      // Against what holds now: a change before this one may have brought other settings.
      const { spec, maxSurge } = resolveRestartOptions(options, this.#spec, checkKindOptions);
      const { supervisor, generation: make, told } = this.#parts;
      const generation = make(this.#generation.number + 1, spec);
      told.restarting(generation.number);
      const rolling = {
        ...this.#rolling(how),
        generation,
        maxSurge: maxSurge ?? MAX_SURGE_FACTOR * supervisor.slots.length,
      };
      const { departures } = await rollingRestart(supervisor, supervisor.slots, rolling).catch(
        (cause) => {
          const error = this.#failure('restart', cause, (reason) => new RestartFailedError(reason));
          told.restartFailed(error);
          throw error;
        },
      );
      this.#spec = spec;
      this.#generation = generation;
      const ended = (departed: readonly Departure[]): RestartReport => {
        const report = Object.freeze({
          generation: generation.number,
          cutConnections: cutConnections(departed),
          durationMs: performance.now() - startedAtMs,
          workers: Object.freeze(countSteps(departed.map(({ step }) => step))),
        });
        told.restarted(report);
        return report;
      };
      return { departures, ended };
    });
  }

  /** See `WorkerPool.resize()`. */
  async resize(workers: number, options: ChangeOptions): Promise<ResizeReport> {
    requireWorkers(workers);
    const how = resolveResizeOptions(options, this.#parts);
    return this.#run('resize', async (startedAtMs) => {
      const { supervisor, told } = this.#parts;
      const previousWorkers = supervisor.slots.length;
      const { departures } =
        workers > previousWorkers
          ? await this.#grow(workers, how)
          : this.#shrink(previousWorkers - workers, how);
      const ended = (departed: readonly Departure[]): ResizeReport => {
        const report = Object.freeze({
          workers,
          previousWorkers,
          cutConnections: cutConnections(departed),
          durationMs: performance.now() - startedAtMs,
        });
        told.resized(report);
        return report;
      };
      return { departures, ended };
    });
  }

  /** See `WorkerPool.retire()`. */
  async retire(workerId: number, options: RetireOptions): Promise<RetireReport> {
    requireWorkerId(workerId);
    const how = resolveRetireOptions(options, this.#parts);
    return this.#run('retire a worker of', async (startedAtMs) => {
      const { supervisor, told } = this.#parts;
      const slot = supervisor.slots[workerId];
      if (slot === undefined) throw new UnknownWorkerError(workerId, supervisor.slots.length);
      const { departures } = await this.#exchange(slot, how).catch((cause) => {
        throw this.#failure(
          'retire a worker of',
          cause,
          (reason) => new RetireFailedError(workerId, reason),
        );
      });
      const ended = ([departure]: readonly Departure[]): RetireReport => {
        const report = Object.freeze({
          workerId,
          nativeId: departure?.worker.nativeId,
          cutConnections: departure?.worker.cutConnections ?? 0,
          durationMs: performance.now() - startedAtMs,
          step: departure?.step,
        });
        told.workerRetired(report);
        return report;
      };
      return { departures, ended };
    });
  }

  /**
   * Exchanges one worker for one of the same making.
   *
   * @param worker the worker
   * @param onStart called when its turn has come
   * @returns whether it was exchanged; not if it had left its slot by its turn
   */
  recycle(worker: ManagedWorker, onStart: () => void): Promise<boolean> {
    return this.#run('recycle a worker of', async () => {
      const { supervisor } = this.#parts;
      const slot = supervisor.slots.find((candidate) => candidate.worker === worker);
      if (slot === undefined || worker.state !== 'ready') {
        return { departures: Promise.resolve([]), ended: () => false };
      }
      onStart();
      const how = resolveChangeOptions({}, this.#parts);
      const { departures } = await this.#exchange(slot, how);
      return { departures, ended: () => true };
    });
  }

  #exchange(slot: WorkerSlot, how: ResolvedChangeOptions): Promise<TakenOver> {
    const { supervisor } = this.#parts;
    const { generation } = slot;
    return rollingRestart(supervisor, [slot], { ...this.#rolling(how), generation });
  }

  async #grow(workers: number, how: ResolvedChangeOptions): Promise<TakenOver> {
    const { supervisor } = this.#parts;
    const generation = this.#generation;
    const slots = supervisor.additionalSlots(workers - supervisor.slots.length, generation);
    try {
      return await rollingRestart(supervisor, slots, { ...this.#rolling(how), generation });
    } catch (cause) {
      throw this.#failure('resize', cause, (reason) => new ResizeFailedError(workers, reason));
    }
  }

  #shrink(by: number, { limits }: ResolvedChangeOptions): TakenOver {
    const { supervisor, force, onTakenOver } = this.#parts;
    const leaving = supervisor.removeSlots(by);
    const departures = supervisor.retire(leaving, limits, force);
    onTakenOver();
    return { departures };
  }

  #rolling({ probe, ...how }: ResolvedChangeOptions): Omit<RollingRestart, 'generation'> {
    const { force, onTakenOver, warn } = this.#parts;
    const { signal } = this.#closing;
    return {
      ...how,
      maxSurge: Infinity,
      probe: probe && ((worker) => this.#parts.probe(worker, probe, signal)),
      signal,
      force,
      onTakenOver,
      onStranded: (error) =>
        warn(`A worker could not be put back after a failed restart: ${error.message}`),
    };
  }

  #failure(verb: string, cause: unknown, failed: (reason: Error) => Error): Error {
    return this.#closing.signal.aborted ? new PoolClosedError(verb) : failed(asError(cause));
  }

  /**
   * Runs a change when those before it have taken over, unless the pool is closed by then.
   *
   * @returns when the workers that leave for it have ended
   */
  async #run<Result>(
    verb: string,
    change: (startedAtMs: number) => Promise<Change<Result>>,
  ): Promise<Result> {
    const { departures, ended } = await this.#queue.run(async () => {
      const { signal } = this.#closing;
      if (signal.aborted) throw new PoolClosedError(verb);
      const listening = this.#parts.listening();
      if (listening === undefined) throw new PoolNotListeningError(verb);
      await listening;
      if (signal.aborted) throw new PoolClosedError(verb);
      return change(performance.now());
    });
    return ended(await departures);
  }
}

function cutConnections(departures: readonly Departure[]): number {
  return departures.reduce((sum, { worker }) => sum + worker.cutConnections, 0);
}
