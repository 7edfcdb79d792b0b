import { doneWithin } from './deadline.ts';
import { type CrashLoopError, WorkerBootError } from '../../errors/errors.ts';
import { stopWorker } from './escalation.ts';
import type { StopLimits, StopStep } from '../../options/workers/shutdown-options.ts';
import type { ManagedWorker, ManagedWorkerEvents } from './managed-worker.ts';
import {
  type Generation,
  WorkerSlot,
  type WorkerSlotEvents,
  type WorkerSlotSettings,
} from './worker-slot.ts';
import type { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import { describeExit } from '../../protocol/worker-end.ts';

/** What a supervisor needs to keep its workers. */
export interface SupervisorSettings extends WorkerSlotSettings {
  readonly workers: number;
  /** How the first workers are made. */
  readonly generation: Generation;
}

/** How workers on standby boot. */
export interface StandbyBoot {
  readonly generation: Generation;
  /** How many boot at a time. */
  readonly parallelBoots: number;
  /** How those are ended that do not come to be used. */
  readonly limits: Required<StopLimits>;
  /** Ends the boot early, and kills what has been spawned. */
  readonly signal: AbortSignal;
  /** Tries each one that is ready; one for which it rejects has failed to boot. */
  readonly probe?: ((worker: ManagedWorker) => Promise<void>) | undefined;
}

/** A worker that left, and how. */
export interface Departure {
  readonly worker: ManagedWorker;
  readonly step: StopStep;
}

/** What a supervisor tells its owner. */
export interface SupervisorEvents extends ManagedWorkerEvents {
  /** A dead worker will be replaced after `delayMs`. */
  respawn(workerId: number, delayMs: number, crashes: number): void;
  /** There is no worker in a slot, for want of something; the next try is after `delayMs`. */
  spawnFailed(error: WorkerSpawnError, attempts: number, delayMs: number): void;
  /** The workers of one slot keep dying; it goes on, since others do not. */
  slotBroken(error: CrashLoopError): void;
  /** The workers of every slot keep dying; nothing is respawned any more. */
  crashLoop(error: CrashLoopError): void;
}

/**
 * Keeps N workers alive, each in its slot: boots them, exchanges them, and ends
 * them. A slot replaces its own dead; see {@link WorkerSlot}.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #slotEvents: WorkerSlotEvents;
  /** Every worker that is not gone, wherever it stands: in a slot, on standby or leaving. */
  readonly #alive = new Set<ManagedWorker>();
  readonly #slots: WorkerSlot[];
  /** The ends of workers that are on their way out. */
  readonly #leaving = new Set<Promise<StopStep>>();
  #sorted: readonly ManagedWorker[] | undefined;
  #respawns = 0;

  constructor(settings: SupervisorSettings, events: SupervisorEvents) {
    this.#settings = settings;
    this.#slotEvents = {
      state: (worker) => {
        this.#note(worker);
        events.state(worker);
      },
      respawn: (...args) => events.respawn(...args),
      respawned: () => {
        this.#respawns += 1;
      },
      spawnFailed: (...args) => events.spawnFailed(...args),
      crashLoop: (error) => {
        const givesUp = this.#slots.every(({ broken }) => broken);
        if (givesUp) this.stopRespawning();
        if (givesUp) events.crashLoop(error);
        else events.slotBroken(error);
        return givesUp;
      },
    };
    this.#slots = Array.from({ length: settings.workers }, (_, id) =>
      this.#newSlot(id, settings.generation),
    );
  }

  /** The workers that are not gone, by slot; in a slot, the oldest first. */
  get workers(): readonly ManagedWorker[] {
    this.#sorted ??= [...this.#alive].toSorted((a, b) => a.id - b.id);
    return this.#sorted;
  }

  /** The slots, by id. */
  get slots(): readonly WorkerSlot[] {
    return this.#slots;
  }

  /** How many workers have been replaced after a death so far. */
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
    // Until all are ready none is replaced: a broken handler shows at once.
    await Promise.all(this.#slots.map((slot) => slot.boot()).map((worker) => worker.ready));
    for (const slot of this.#slots) slot.startRespawning();
  }

  /**
   * Boots workers on standby, all or none: if one fails, the others are ended.
   *
   * @param slots whose workers they are to become
   * @param how how they are made
   * @throws {unknown} what kept the first one from being ready, or the signal's reason
   */
  async bootStandbys(slots: readonly WorkerSlot[], how: StandbyBoot): Promise<void> {
    const { generation, parallelBoots, limits, signal, probe } = how;
    const todo = [...slots];
    const bootNext = async (): Promise<void> => {
      for (let slot = todo.shift(); slot !== undefined; slot = todo.shift()) {
        signal.throwIfAborted();
        const worker = slot.bootStandby(generation);
        await worker.ready;
        await probe?.(worker);
      }
    };
    const lanes = Array.from({ length: Math.min(parallelBoots, todo.length) }, bootNext);
    try {
      const booted = Promise.all(lanes);
      await doneWithin(booted, Infinity, signal);
      signal.throwIfAborted();
      await booted;
      // One may have been ready and died while others were still starting.
      for (const { standby } of slots) requireAlive(standby);
    } catch (error) {
      todo.length = 0;
      const dismissed = slots.map((slot) => slot.dismissStandby());
      await this.retire(dismissed, { ...limits, graceMs: 0 }, signal);
      throw error;
    }
  }

  /**
   * The workers on standby take their slots on trial and begin to take connections. Those
   * that had the slots take no new ones, until {@link confirm} or {@link rollBack}.
   *
   * @param slots whose workers are to be exchanged
   * @param generation how the workers on standby were made
   */
  async takeOver(slots: readonly WorkerSlot[], generation: Generation): Promise<void> {
    for (const slot of slots) if (!this.#slots.includes(slot)) this.#slots.push(slot);
    await Promise.all(slots.map((slot) => slot.takeOver(generation)));
  }

  /** Ends the trial of slots for good; returns the workers that had them, to be retired. */
  confirm(slots: readonly WorkerSlot[]): ManagedWorker[] {
    return slots.flatMap((slot) => slot.confirm() ?? []);
  }

  /** Gives slots back to the workers that had them; returns those on trial, to be retired. */
  rollBack(slots: readonly WorkerSlot[]): ManagedWorker[] {
    const failed = slots.flatMap((slot) => slot.rollBack() ?? []);
    for (const slot of slots) {
      // An additional one, which nobody had.
      if (slot.worker === undefined) this.#slots.splice(this.#slots.indexOf(slot), 1);
    }
    return failed;
  }

  /**
   * Waits until no more than so many workers are on their way out.
   *
   * @param count how many may be
   * @param signal ends the wait early
   */
  async leavingAtMost(count: number, signal: AbortSignal): Promise<void> {
    while (this.#leaving.size > count && !signal.aborted) {
      await doneWithin(Promise.race(this.#leaving), Infinity, signal);
    }
  }

  /**
   * Ends workers that have no slot any more, side by side.
   *
   * @param workers the workers, some of which may not be there
   * @param limits the deadline of each step, in milliseconds
   * @param force when it fires, kills what is left
   * @returns each worker that was there, and the step at which it ended
   */
  async retire(
    workers: readonly (ManagedWorker | undefined)[],
    limits: Required<StopLimits>,
    force: AbortSignal,
  ): Promise<Departure[]> {
    const present = workers.filter((worker) => worker !== undefined);
    return Promise.all(
      present.map(async (worker) => {
        const stopped = stopWorker(worker, limits, 'restart', force);
        this.#leaving.add(stopped);
        const step = await stopped;
        this.#leaving.delete(stopped);
        return { worker, step };
      }),
    );
  }

  /** Makes slots beyond the ones that there are; they count when their workers take over. */
  additionalSlots(count: number, generation: Generation): WorkerSlot[] {
    return Array.from({ length: count }, (_, index) =>
      this.#newSlot(this.#slots.length + index, generation),
    );
  }

  /** Gives up the slots with the highest ids, and returns their workers, to be retired. */
  removeSlots(count: number): ManagedWorker[] {
    const removed = this.#slots.splice(this.#slots.length - count);
    for (const slot of removed) slot.stopRespawning();
    return removed.flatMap(({ worker }) =>
      worker === undefined || worker.state === 'exited' ? [] : [worker],
    );
  }

  /** Stops replacing workers. */
  stopRespawning(): void {
    for (const slot of this.#slots) slot.stopRespawning();
  }

  /**
   * Ends all workers side by side, and replaces none from now on.
   *
   * @param limits the deadline of each step of the shutdown, in milliseconds
   * @param force when it fires, kills what is left
   * @returns for each worker that was there, the step at which it ended
   */
  async stop(limits: Required<StopLimits>, force?: AbortSignal): Promise<StopStep[]> {
    this.stopRespawning();
    return Promise.all(this.workers.map((worker) => stopWorker(worker, limits, 'close', force)));
  }

  #newSlot(id: number, generation: Generation): WorkerSlot {
    return new WorkerSlot(id, generation, this.#settings, this.#slotEvents);
  }

  #note(worker: ManagedWorker): void {
    if (worker.state === 'exited') this.#alive.delete(worker);
    else if (!this.#alive.has(worker)) this.#alive.add(worker);
    else return;
    this.#sorted = undefined;
  }
}

function requireAlive(standby: ManagedWorker | undefined): void {
  if (standby?.exit === undefined) return;
  const reason = `it ended ${describeExit(standby.exit)} before it could take over`;
  throw new WorkerBootError(standby.id, standby.lastError?.message ?? reason, {
    cause: standby.lastError,
  });
}
