import { respawnDelayMs, type RespawnOptions } from './backoff.ts';
import { CrashLoopError, fromErrorRecord, toErrorRecord } from './errors.ts';
import { stopWorker, type ShutdownOptions, type StopStep } from './escalation.ts';
import { describeExit, ManagedWorker, type ManagedWorkerEvents } from './managed-worker.ts';
import type { SpawnWorker, WorkerBoot } from './worker-handle.ts';

/** What a supervisor needs to keep its workers. */
export interface SupervisorSettings {
  readonly workers: number;
  readonly bootTimeoutMs: number;
  readonly respawn: Required<RespawnOptions>;
  readonly spawn: SpawnWorker;
  /** What to tell a worker, made anew for each spawn. */
  readonly boot: (workerId: number) => WorkerBoot;
}

/** What a supervisor tells its owner. */
export interface SupervisorEvents extends ManagedWorkerEvents {
  /** A dead worker will be replaced after `delayMs`. */
  respawn(workerId: number, delayMs: number, crashes: number): void;
  /** A worker keeps dying; nothing is respawned any more. */
  crashLoop(error: CrashLoopError): void;
}

/** One worker's place in the pool, which outlives the workers that take it. */
interface Place {
  worker: ManagedWorker | undefined;
  respawnTimer: NodeJS.Timeout | undefined;
  crashes: number;
}

/**
 * Keeps N workers alive: boots them, replaces the ones that die with backoff,
 * gives up on a crash loop, and ends them all.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #events: SupervisorEvents;
  readonly #places: Place[] = [];
  #respawning = true;
  #booted = false;
  #respawns = 0;

  constructor(settings: SupervisorSettings, events: SupervisorEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** The workers that are not gone, by place. */
  get workers(): ManagedWorker[] {
    return this.#places.flatMap(({ worker }) =>
      worker === undefined || worker.state === 'exited' ? [] : [worker],
    );
  }

  /** How many workers have been replaced so far. */
  get respawns(): number {
    return this.#respawns;
  }

  /**
   * Spawns the workers and waits until all are ready.
   *
   * @throws {WorkerBootError} when one ends before it is ready
   * @throws {WorkerBootTimeoutError} when one is not ready in time
   */
  async start(): Promise<void> {
    for (let id = 0; id < this.#settings.workers; id += 1) {
      this.#places.push({ worker: undefined, respawnTimer: undefined, crashes: 0 });
      this.#spawn(id);
    }
    await Promise.all(this.workers.map((worker) => worker.ready));
    this.#booted = true;
    // One may have been ready and died while others were still starting.
    for (const place of this.#places) {
      if (place.worker?.state === 'exited') this.#onExit(place, place.worker);
    }
  }

  /** Stops replacing workers. */
  stopRespawning(): void {
    this.#respawning = false;
    for (const place of this.#places) {
      clearTimeout(place.respawnTimer);
      place.respawnTimer = undefined;
    }
  }

  /**
   * Ends all workers side by side, and replaces none from now on.
   *
   * @param limits the deadline of each step of the shutdown, in milliseconds
   * @param force when it fires, kills what is left
   * @returns for each worker that was there, the step at which it ended
   */
  async stop(limits: Required<ShutdownOptions>, force?: AbortSignal): Promise<StopStep[]> {
    this.stopRespawning();
    return Promise.all(this.workers.map((worker) => stopWorker(worker, limits, force)));
  }

  #spawn(id: number): void {
    const place = this.#place(id);
    place.respawnTimer = undefined;
    place.worker = new ManagedWorker(
      this.#settings.spawn,
      this.#settings.boot(id),
      this.#settings.bootTimeoutMs,
      {
        message: (worker, message) => this.#events.message(worker, message),
        state: (worker) => {
          this.#events.state(worker);
          if (worker.state === 'exited') this.#onExit(place, worker);
        },
      },
    );
    this.#events.state(place.worker);
  }

  #onExit(place: Place, worker: ManagedWorker): void {
    // Before the first full start, start() rejects instead: a broken handler shows at once.
    if (!this.#booted || !this.#respawning || worker.exit?.expected !== false) return;
    if (worker.readyForMs() >= this.#settings.respawn.stableAfterMs) place.crashes = 0;
    this.#replace(place, worker.id, describeExit(worker.exit), worker.lastError);
  }

  /** Replaces a worker after the backoff, or gives up. */
  #replace(place: Place, id: number, lastExit: string, cause: Error | undefined): void {
    const { respawn } = this.#settings;
    place.crashes += 1;
    if (place.crashes >= respawn.maxConsecutiveCrashes) {
      this.stopRespawning();
      const last = cause === undefined ? lastExit : `${lastExit}, ${cause.message}`;
      this.#events.crashLoop(new CrashLoopError(id, place.crashes, last, { cause }));
      return;
    }
    const delayMs = respawnDelayMs(place.crashes, respawn);
    place.respawnTimer = setTimeout(() => this.#respawn(place, id), delayMs);
    this.#events.respawn(id, delayMs, place.crashes);
  }

  #respawn(place: Place, id: number): void {
    try {
      this.#spawn(id);
      this.#respawns += 1;
    } catch (error) {
      // Such as for want of memory: for the place it is one more death.
      const cause = error instanceof Error ? error : fromErrorRecord(toErrorRecord(error));
      this.#replace(place, id, 'not spawned', cause);
    }
  }

  #place(id: number): Place {
    const place = this.#places[id];
    if (place === undefined) throw new RangeError(`Cannot find worker ${id}`);
    return place;
  }
}
