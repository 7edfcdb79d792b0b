import { respawnDelayMs } from './backoff.ts';
import type { RespawnOptions } from '../../options/workers/respawn-options.ts';
import { asError } from '../../errors/error-record.ts';
import { CrashLoopError } from '../../errors/errors.ts';
import {
  ManagedWorker,
  type ManagedWorkerEvents,
  type ManagedWorkerSettings,
} from './managed-worker.ts';
import { describeExit } from '../../protocol/worker-end.ts';
import type { SpawnWorker, WorkerBoot, WorkerExit } from '../../protocol/worker-handle.ts';
import { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';

/** How workers are made from one restart to the next. */
export interface Generation {
  /** How many restarts the pool has had. */
  readonly number: number;
  readonly spawn: SpawnWorker;
  /** What to tell a worker, made anew for each spawn. */
  readonly boot: (workerId: number) => Omit<WorkerBoot, 'generation' | 'standby'>;
}

/** How a slot keeps its worker. */
export interface WorkerSlotSettings extends ManagedWorkerSettings {
  readonly respawn: Required<RespawnOptions>;
}

/** What a slot tells its owner. */
export interface WorkerSlotEvents extends ManagedWorkerEvents {
  /** A dead worker will be replaced after `delayMs`. */
  respawn(workerId: number, delayMs: number, crashes: number): void;
  /** A dead worker has been replaced. */
  respawned(): void;
  /** There is no worker, for want of something that the system may give later; the next try is after `delayMs`. */
  spawnFailed(error: WorkerSpawnError, attempts: number, delayMs: number): void;
  /**
   * A slot is broken: its workers keep dying before they had a connection.
   *
   * @returns whether the pool gives up; if not, the slot goes on
   */
  crashLoop(error: CrashLoopError): boolean;
}

/** The deaths of a slot since a worker of it has proved itself. */
interface Deaths {
  /** All. */
  readonly inRow: number;
  /** The last ones, of workers that never had a connection. */
  readonly unused: number;
}

const NO_DEATHS: Deaths = Object.freeze({ inRow: 0, unused: 0 });

/** The longest delay before a worker that a client has met is replaced, in milliseconds. */
const MAX_DELAY_AFTER_USE_MS = 1_000;

/** What a slot had before its worker on standby took it, for the way back. */
interface Trial {
  readonly predecessor: ManagedWorker | undefined;
  readonly generation: Generation;
  readonly deaths: Deaths;
}

/**
 * One worker's slot in the pool, which outlives the workers that take it. Keeps a
 * worker in it alive: one that dies is replaced with backoff, until it is a crash loop.
 *
 * During a rollout there is a second worker, on standby until it takes the slot on trial.
 * Its predecessor is held until the trial ends: then it leaves, or has the slot again.
 */
export class WorkerSlot {
  readonly id: number;
  readonly #settings: WorkerSlotSettings;
  readonly #events: WorkerSlotEvents;
  #generation: Generation;
  #worker: ManagedWorker | undefined;
  #standby: ManagedWorker | undefined;
  #trial: Trial | undefined;
  #respawnTimer: NodeJS.Timeout | undefined;
  #deaths: Deaths = NO_DEATHS;
  #failedSpawns = 0;
  #respawning = false;

  constructor(
    id: number,
    generation: Generation,
    settings: WorkerSlotSettings,
    events: WorkerSlotEvents,
  ) {
    this.id = id;
    this.#generation = generation;
    this.#settings = settings;
    this.#events = events;
  }

  /** How its worker is made, and will be when it dies. */
  get generation(): Generation {
    return this.#generation;
  }

  /** The worker that has the slot; it may be gone, and be replaced in a moment. */
  get worker(): ManagedWorker | undefined {
    return this.#worker;
  }

  /** The worker that waits to take the slot. */
  get standby(): ManagedWorker | undefined {
    return this.#standby;
  }

  /** Spawns the worker of the slot, which takes connections as soon as it is ready. */
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

  /** Whether it replaces that worker when it dies; one on trial is its owner's concern. */
  replaces(worker: ManagedWorker): boolean {
    if (this.#trial !== undefined) return worker === this.#trial.predecessor;
    return worker === this.#worker && this.#respawning;
  }

  /** Whether its workers keep dying before they had a connection. */
  get broken(): boolean {
    return this.#deaths.unused >= this.#settings.respawn.maxConsecutiveCrashes;
  }

  /** Replaces its worker no more. */
  stopRespawning(): void {
    this.#respawning = false;
    clearTimeout(this.#respawnTimer);
    this.#respawnTimer = undefined;
  }

  /** Spawns a worker that, once ready, waits to take the slot. */
  bootStandby(generation: Generation): ManagedWorker {
    return this.#spawn(generation, true, (worker) => {
      this.#standby = worker;
    });
  }

  /**
   * The worker on standby takes the slot on trial, with no deaths counted against it, and
   * begins to take connections; the one that had the slot takes no new ones. Ended by
   * {@link confirm} or {@link rollBack}; until then a death is left to the owner.
   *
   * @param generation how it was made
   */
  async takeOver(generation: Generation): Promise<void> {
    const successor = this.#standby;
    if (successor === undefined)
      throw new TypeError(`Cannot promote a worker into slot ${this.id}: none is on standby`);
    const predecessor = this.#worker;
    this.#trial = { predecessor, generation: this.#generation, deaths: this.#deaths };
    clearTimeout(this.#respawnTimer);
    this.#respawnTimer = undefined;
    this.#standby = undefined;
    this.#worker = successor;
    this.#generation = generation;
    this.#deaths = NO_DEATHS;
    this.#respawning = true;
    await successor.activate();
    predecessor?.hold();
  }

  /**
   * Ends the trial: the worker keeps the slot.
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
   * Ends the trial: the slot is as before. If its worker has died meanwhile, it is replaced
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
    this.#deaths = trial.deaths;
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
      this.#settings,
      {
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
    if (worker.shortage === undefined) this.#replace(worker, worker.exit);
    else this.#spawnLater(worker.shortage);
  }

  /** Replaces a dead worker after the backoff, unless the pool gives up. */
  #replace(worker: ManagedWorker, exit: WorkerExit): void {
    const { respawn } = this.#settings;
    const proved = worker.servedConnection || worker.readyForMs() >= respawn.stableAfterMs;
    const { inRow, unused } = proved ? NO_DEATHS : this.#deaths;
    this.#deaths = { inRow: inRow + 1, unused: worker.hadConnection ? 0 : unused + 1 };
    this.#failedSpawns = 0;
    if (this.broken) {
      const { lastError } = worker;
      const lastExit = describeExit(exit);
      const last = lastError === undefined ? lastExit : `${lastExit}, ${lastError.message}`;
      const error = new CrashLoopError(this.id, this.#deaths.unused, last, { cause: lastError });
      if (this.#events.crashLoop(error)) return;
    }
    const maxDelayMs = worker.hadConnection
      ? Math.min(MAX_DELAY_AFTER_USE_MS, respawn.maxDelayMs)
      : respawn.maxDelayMs;
    const delayMs = respawnDelayMs(this.#deaths.inRow, { ...respawn, maxDelayMs });
    this.#respawnTimer = setTimeout(() => this.#respawn(), delayMs);
    this.#events.respawn(this.id, delayMs, this.#deaths.inRow);
  }

  /** Tries again after the backoff what failed for a reason that may go away. */
  #spawnLater(cause: Error): void {
    this.#failedSpawns += 1;
    const delayMs = respawnDelayMs(this.#failedSpawns, this.#settings.respawn);
    this.#respawnTimer = setTimeout(() => this.#respawn(), delayMs);
    const error = cause instanceof WorkerSpawnError ? cause : new WorkerSpawnError(this.id, cause);
    this.#events.spawnFailed(error, this.#failedSpawns, delayMs);
  }

  #respawn(): void {
    let worker: ManagedWorker;
    try {
      worker = this.boot();
    } catch (error) {
      this.#spawnLater(asError(error));
      return;
    }
    void worker.ready.then(
      () => {
        this.#failedSpawns = 0;
        this.#events.respawned();
      },
      () => undefined,
    );
  }
}

function present(worker: ManagedWorker | undefined): ManagedWorker | undefined {
  return worker?.state === 'exited' ? undefined : worker;
}
