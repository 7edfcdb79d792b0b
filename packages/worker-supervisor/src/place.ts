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

/** What a place had before its worker on standby took it, for the way back. */
interface Trial {
  readonly predecessor: ManagedWorker | undefined;
  readonly generation: Generation;
  readonly crashes: number;
}

/**
 * One worker's place in the pool, which outlives the workers that take it. Keeps a
 * worker in it alive: one that dies is replaced with backoff, until it is a crash loop.
 *
 * During a rollout there is a second worker, on standby until it takes the place on trial.
 * Its predecessor is held until the trial ends: then it leaves, or has the place again.
 */
export class Place {
  readonly id: number;
  readonly #settings: PlaceSettings;
  readonly #events: PlaceEvents;
  #generation: Generation;
  #worker: ManagedWorker | undefined;
  #standby: ManagedWorker | undefined;
  #trial: Trial | undefined;
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
   * The worker on standby takes the place on trial, with no deaths counted against it, and
   * begins to take connections; the one that had the place takes no new ones. Ended by
   * {@link confirm} or {@link rollBack}; until then a death is left to the owner.
   *
   * @param generation how it was made
   */
  async takeOver(generation: Generation): Promise<void> {
    const successor = this.#standby;
    if (successor === undefined) throw new TypeError(`Nobody waits to take place ${this.id}`);
    const predecessor = this.#worker;
    this.#trial = { predecessor, generation: this.#generation, crashes: this.#crashes };
    clearTimeout(this.#respawnTimer);
    this.#respawnTimer = undefined;
    this.#standby = undefined;
    this.#worker = successor;
    this.#generation = generation;
    this.#crashes = 0;
    this.#respawning = true;
    await successor.activate();
    predecessor?.hold();
  }

  /**
   * Ends the trial: the worker keeps the place.
   *
   * @returns the worker that had it before, if it is still there; its owner ends it
   */
  confirm(): ManagedWorker | undefined {
    const predecessor = this.#trial?.predecessor;
    this.#trial = undefined;
    if (this.#worker?.state === 'exited') this.#onExit(this.#worker);
    return present(predecessor);
  }

  /**
   * Ends the trial: the place is as before. If its worker has died meanwhile, it is replaced
   * at once.
   *
   * @returns the worker that was on trial, if it is still there; its owner ends it
   */
  rollBack(): ManagedWorker | undefined {
    const trial = this.#trial;
    const failed = this.#worker;
    if (trial === undefined) return undefined;
    this.#trial = undefined;
    this.#worker = trial.predecessor;
    this.#generation = trial.generation;
    this.#crashes = trial.crashes;
    const { predecessor } = trial;
    predecessor?.serveAgain();
    if (predecessor?.state === 'exited' && this.#respawning) this.#respawn();
    return present(failed);
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
    if (worker !== this.#worker || this.#trial !== undefined) return;
    if (!this.#respawning || worker.exit?.expected !== false) return;
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

function present(worker: ManagedWorker | undefined): ManagedWorker | undefined {
  return worker?.state === 'exited' ? undefined : worker;
}
