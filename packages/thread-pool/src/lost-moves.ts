import { closeStranded, type ConnectionEnds } from './stranded-sockets.ts';
import type { HandedSlot, SlotTable } from './slot-table.ts';

/** How long the first connection on its way may take before the worker is asked whether it has come, in milliseconds. */
const PATIENCE_MS = 500;

/** Request ids of probes: none that a `ManagedWorker` uses. */
const FIRST_PROBE = -1;

/** What is done about connections that are lost. */
export interface LostMovesEvents {
  /** Asks the worker for a report with that id, after everything it was sent so far. */
  probe(requestId: number): void;
  /** The slots of these are free again; their clients see an end. */
  lost(slots: readonly number[]): void;
}

/**
 * Finds the connections that never reach a worker thread: when another thread takes the last file
 * descriptor while a connection is moved, Node drops the message, and tells nobody.
 *
 * What is sent later arrives later. So what was handed before a message that the worker has
 * answered, and is not served by then, is lost. The worker is asked only when a later one has come
 * before it, or none has come for a while.
 */
export class LostMoves {
  readonly #slots: SlotTable;
  readonly #events: LostMovesEvents;
  /** Of connections that were moved when there were few descriptors, by their slots. */
  readonly #ends = new Map<number, ConnectionEnds>();
  /** Of those that are lost and could not be closed yet. */
  #stranded: ConnectionEnds[] = [];
  #probed: readonly HandedSlot[] = [];
  /** How many had come at the last look. */
  #served = 0;
  #probeId: number = FIRST_PROBE;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param slots what the worker and the primary share
   * @param events what to do
   */
  constructor(slots: SlotTable, events: LostMovesEvents) {
    this.#slots = slots;
    this.#events = events;
  }

  /**
   * A connection has been moved.
   *
   * @param slot its slot
   * @param ends between which ends it is, where the move may have failed
   */
  add(slot: number, ends: ConnectionEnds | undefined): void {
    if (ends !== undefined) this.#ends.set(slot, ends);
    else if (this.#ends.size > 0) this.#ends.delete(slot);
    if (this.#timer === undefined) this.#lookLater();
  }

  /**
   * Takes note of what the worker says.
   *
   * @param message anything that it has sent
   * @returns whether it answers a probe, and so is for nobody else
   */
  hear(message: unknown): boolean {
    const { type, requestId } = (message ?? {}) as Record<string, unknown>;
    if (type !== 'report' || requestId !== this.#probeId) return false;
    this.#conclude();
    return true;
  }

  /** The worker is gone, and what was on its way to it counts as lost. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#probed = [];
    this.#strand(this.#slots.handedSlots());
    this.#ends.clear();
  }

  #look(): void {
    this.#timer = undefined;
    this.#closeStranded();
    if (this.#slots.handed() > 0) {
      if (this.#probed.length === 0 && this.#isSuspicious()) {
        this.#probed = this.#slots.handedSlots();
        this.#probeId -= 1;
        this.#events.probe(this.#probeId);
      }
    } else {
      // All have come.
      this.#ends.clear();
      if (this.#stranded.length === 0) return;
    }
    this.#lookLater();
  }

  #lookLater(): void {
    this.#served = this.#slots.served();
    this.#timer = setTimeout(() => this.#look(), PATIENCE_MS).unref();
  }

  #isSuspicious(): boolean {
    return this.#slots.takeGap() || this.#slots.served() === this.#served;
  }

  #conclude(): void {
    const lost = this.#probed.filter((handed) => this.#slots.isHanded(handed));
    this.#probed = [];
    if (lost.length === 0) return;
    this.#strand(lost);
    for (const { slot } of lost) this.#slots.free(slot);
    this.#events.lost(lost.map(({ slot }) => slot));
  }

  #strand(lost: readonly HandedSlot[]): void {
    this.#stranded.push(...lost.flatMap(({ slot }) => this.#ends.get(slot) ?? []));
    this.#closeStranded();
  }

  #closeStranded(): void {
    this.#stranded = this.#stranded.filter((ends) => {
      try {
        closeStranded(ends);
        return false;
      } catch {
        // Such as for want of a descriptor: later.
        return true;
      }
    });
  }
}
