import { monotonicNowMs, WorkerCounters, type WorkerCounts } from '@sockpool/pool-core/worker';

/** No connection. Only the primary takes a slot out of this state. */
const FREE = 0;
/** A connection is on its way to the worker. Set by the primary, changed by the worker. */
const HANDED = 1;
/** The worker serves a connection. */
const SERVING = 2;

// Layout: 32-bit words for what is changed by both sides, then the worker's counters.
const ACTIVE = 0;
const PLACES_WANTED = 1;
const HEARTBEATS = 2;
// An even number, so that the 64-bit words after it are aligned.
const HEADER_WORDS = 4;
const LAST_BEAT = 0;
const UTILIZATION = 1;
const HEALTH_WORDS = 2;

/**
 * What one worker and its primary share: a slot for each connection the worker can
 * have, its counters, and a heartbeat. Both sides see every change at once, so that
 * no message is needed when a connection is accepted or closed.
 */
export class SlotTable {
  /** The shared memory, to be given to the other side. */
  readonly buffer: SharedArrayBuffer;
  /** The worker's counters. */
  readonly counters: WorkerCounters;
  readonly #header: Int32Array<SharedArrayBuffer>;
  readonly #health: Float64Array<SharedArrayBuffer>;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  #searchFrom = 0;

  /**
   * Makes a table, or looks at an existing one.
   *
   * @param slots how many slots, or the memory of an existing table
   */
  constructor(slots: number | SharedArrayBuffer) {
    const healthAt = HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT;
    const countersAt = healthAt + HEALTH_WORDS * Float64Array.BYTES_PER_ELEMENT;
    const slotsAt = countersAt + WorkerCounters.BYTES;
    this.buffer =
      typeof slots === 'number'
        ? new SharedArrayBuffer(slotsAt + slots * Int32Array.BYTES_PER_ELEMENT)
        : slots;
    this.#header = new Int32Array(this.buffer, 0, HEADER_WORDS);
    this.#health = new Float64Array(this.buffer, healthAt, HEALTH_WORDS);
    this.counters = new WorkerCounters(this.buffer, countersAt);
    this.#slots = new Int32Array(this.buffer, slotsAt);
    // Until told otherwise, a worker speaks up: the pool may be full when it starts.
    if (typeof slots === 'number') this.wantCapacity(true);
  }

  /** The primary takes a free slot; undefined when all are taken. */
  take(): number | undefined {
    const size = this.#slots.length;
    for (let step = 0; step < size; step += 1) {
      const slot = (this.#searchFrom + step) % size;
      if (Atomics.compareExchange(this.#slots, slot, FREE, HANDED) === FREE) {
        this.#searchFrom = (slot + 1) % size;
        Atomics.add(this.#header, ACTIVE, 1);
        return slot;
      }
    }
    return undefined;
  }

  /** The worker begins to serve the connection of a slot. */
  serve(slot: number): void {
    Atomics.store(this.#slots, slot, SERVING);
  }

  /** Either side gives a slot back. */
  free(slot: number): void {
    if (Atomics.exchange(this.#slots, slot, FREE) !== FREE) Atomics.sub(this.#header, ACTIVE, 1);
  }

  /** The worker has accepted a connection by itself, which takes no slot. */
  join(): void {
    Atomics.add(this.#header, ACTIVE, 1);
  }

  /** A connection that took no slot has closed. */
  leave(): void {
    Atomics.sub(this.#header, ACTIVE, 1);
  }

  /** Slots taken, and connections that took none. */
  active(): number {
    return Atomics.load(this.#header, ACTIVE);
  }

  /** Slots whose connection is still on its way. */
  handed(): number {
    let count = 0;
    for (const [slot] of this.#slots.entries()) {
      if (Atomics.load(this.#slots, slot) === HANDED) count += 1;
    }
    return count;
  }

  /** The counters, now. */
  counts(): WorkerCounts {
    return this.counters.read();
  }

  /** The primary says whether it waits for a free slot. */
  wantCapacity(wanted: boolean): void {
    Atomics.store(this.#header, PLACES_WANTED, wanted ? 1 : 0);
  }

  /** Whether the primary waits for a free slot. */
  capacityWanted(): boolean {
    return Atomics.load(this.#header, PLACES_WANTED) === 1;
  }

  /**
   * The worker shows that its event loop turns.
   *
   * @param utilization what share of time it was busy, from 0 to 1, since the last beat
   */
  beat(utilization: number): void {
    this.#health[LAST_BEAT] = monotonicNowMs();
    this.#health[UTILIZATION] = utilization;
    Atomics.add(this.#header, HEARTBEATS, 1);
  }

  /** How many times the worker's heart has beaten. */
  heartbeats(): number {
    return Atomics.load(this.#header, HEARTBEATS);
  }

  /** What share of time its event loop was busy before the last beat; 0 before the first. */
  utilization(): number {
    return this.#health[UTILIZATION] ?? 0;
  }

  /** Milliseconds since the last beat; Infinity before the first. */
  heartbeatAgeMs(): number {
    const last = this.#health[LAST_BEAT] ?? 0;
    return last === 0 ? Infinity : Math.max(0, monotonicNowMs() - last);
  }
}
