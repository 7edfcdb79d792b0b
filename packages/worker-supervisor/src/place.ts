import { respawnDelayMs, type RespawnOptions } from './backoff.ts';
import { asError } from './error-record.ts';
import { CrashLoopError } from './errors.ts';
import { ManagedWorker, type ManagedWorkerEvents } from './managed-worker.ts';
import { describeExit } from './worker-end.ts';
import type { SpawnWorker, WorkerBoot } from './worker-handle.ts';

/** How workers are made from one restart to the next. */
export interface Generation {
  /** How many restarts the pool has had. */
  readonly number: number;
  readonly spawn: SpawnWorker;
  /** What to tell a worker, made anew for each spawn. */
  readonly boot: (workerId: number) => Omit<WorkerBoot, 'generation' | 'standby'>;
}

/** How a place keeps its worker. */
export interface PlaceSettings {
  readonly bootTimeoutMs: number;
  readonly respawn: Required<RespawnOptions>;
}

/** What a place tells its owner. */
export interface PlaceEvents extends ManagedWorkerEvents {
  /** A dead worker will be replaced after `delayMs`. */
  respawn(workerId: number, delayMs: number, crashes: number): void;
  /** A dead worker has been replaced. */
  respawned(): void;
  /** A worker keeps dying; its place replaces it no more. */
  crashLoop(error: CrashLoopError): void;
}

/**
 * One worker's place in the pool, which outlives the workers that take it. Keeps a
 * worker in it alive: one that dies is replaced with backoff, until it is a crash loop.
 *
 * During a restart there is a second worker, on standby, until it takes over.
 */
export class Place {
  readonly id: number;
  readonly #settings: PlaceSettings;
  readonly #events: PlaceEvents;
  #generation: Generation;
  #worker: ManagedWorker | undefined;
  #standby: ManagedWorker | undefined;
  #respawnTimer: NodeJS.Timeout | undefined;
  #crashes = 0;
  #respawning = false;

  constructor(id: number, generation: Generation, settings: PlaceSettings, events: PlaceEvents) {
    this.id = id;
    this.#generation = generation;
    this.#settings = settings;
    this.#events = events;
  }

  /** How its worker is made, and will be when it dies. */
  get generation(): Generation {
    return this.#generation;
  }

  /** The worker that has the place; it may be gone, and be replaced in a moment. */
  get worker(): ManagedWorker | undefined {
    return this.#worker;
  }

  /** The worker that waits to take the place. */
  get standby(): ManagedWorker | undefined {
    return this.#standby;
  }

  /** Spawns the worker of the place, which takes connections as soon as it is ready. */
  boot(): ManagedWorker {
    this.#respawnTimer = undefined;
    return this.#spawn(this.#generation, false, (worker) => {
      this.#worker = worker;
    });
  }

  /** From now on replaces a worker that dies, or has died already. */
  startRespawning(): void {
    this.#respawning = true;
    if (this.#worker?.state === 'exited') this.#onExit(this.#worker);
  }

  /** Whether it replaces that worker when it dies. */
  replaces(worker: ManagedWorker): boolean {
    return worker === this.#worker && this.#respawning;
  }

  /** Replaces its worker no more. */
  stopRespawning(): void {
    this.#respawning = false;
    clearTimeout(this.#respawnTimer);
    this.#respawnTimer = undefined;
  }

  /** Spawns a worker that, once ready, waits to take the place. */
  bootStandby(generation: Generation): ManagedWorker {
    return this.#spawn(generation, true, (worker) => {
      this.#standby = worker;
    });
  }

  /**
   * The worker on standby takes the place, with no deaths counted against it, and
   * begins to take connections.
   *
   * @param generation how it was made
   * @returns the worker that had the place, if it is still there; its owner ends it
   */
  async takeOver(generation: Generation): Promise<ManagedWorker | undefined> {
    const successor = this.#standby;
    const predecessor = this.#worker;
    if (successor === undefined) throw new TypeError(`Nobody waits to take place ${this.id}`);
    clearTimeout(this.#respawnTimer);
    this.#respawnTimer = undefined;
    this.#standby = undefined;
    this.#worker = successor;
    this.#generation = generation;
    this.#crashes = 0;
    this.#respawning = true;
    await successor.activate();
    return predecessor?.state === 'exited' ? undefined : predecessor;
  }

  /** Gives up the worker on standby; its owner ends it. */
  dismissStandby(): ManagedWorker | undefined {
    const standby = this.#standby;
    this.#standby = undefined;
    return standby;
  }

  #spawn(
    generation: Generation,
    standby: boolean,
    enter: (worker: ManagedWorker) => void,
  ): ManagedWorker {
    const worker = new ManagedWorker(
      generation.spawn,
      { ...generation.boot(this.id), generation: generation.number, standby },
      this.#settings.bootTimeoutMs,
      {
        message: (from, message) => this.#events.message(from, message),
        state: (changed) => {
          this.#events.state(changed);
          if (changed.state === 'exited') this.#onExit(changed);
        },
      },
    );
    enter(worker);
    this.#events.state(worker);
    return worker;
  }

  #onExit(worker: ManagedWorker): void {
    if (worker !== this.#worker || !this.#respawning || worker.exit?.expected !== false) return;
    if (worker.readyForMs() >= this.#settings.respawn.stableAfterMs) this.#crashes = 0;
    this.#replace(describeExit(worker.exit), worker.lastError);
  }

  /** Replaces a worker after the backoff, or gives up. */
  #replace(lastExit: string, cause: Error | undefined): void {
    const { respawn } = this.#settings;
    this.#crashes += 1;
    if (this.#crashes >= respawn.maxConsecutiveCrashes) {
      this.stopRespawning();
      const last = cause === undefined ? lastExit : `${lastExit}, ${cause.message}`;
      this.#events.crashLoop(new CrashLoopError(this.id, this.#crashes, last, { cause }));
      return;
    }
    const delayMs = respawnDelayMs(this.#crashes, respawn);
    this.#respawnTimer = setTimeout(() => this.#respawn(), delayMs);
    this.#events.respawn(this.id, delayMs, this.#crashes);
  }

  #respawn(): void {
    try {
      this.boot();
      this.#events.respawned();
    } catch (error) {
      // Such as for want of memory: for the place it is one more death.
      this.#replace('not spawned', asError(error));
    }
  }
}
