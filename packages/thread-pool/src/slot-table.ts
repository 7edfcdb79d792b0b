import { monotonicNowMs, WorkerCounters, type WorkerCounts } from '@sockpool/pool-core/worker';

/** No connection. Only the primary takes a slot out of this state. */
const FREE = 0;
/**
 * The worker serves a connection. While one is on its way to it, the slot has a number below 0: the
 * handoff's own, which the primary sets.
 */
const SERVING = 1;

// Layout: 32-bit words for what is changed by both sides, then the worker's counters.
const ACTIVE = 0;
const PLACES_WANTED = 1;
const HEARTBEATS = 2;
const SERVED = 3;
const GAP = 4;
// An even number, so that the 64-bit words after it are aligned.
const HEADER_WORDS = 6;
const LAST_BEAT = 0;
const UTILIZATION = 1;
const HEALTH_WORDS = 2;

/** A slot whose connection is on its way to the worker. */
export interface HandedSlot {
  readonly slot: number;
  /** Tells the handoff from others that had the same slot. */
  readonly handoff: number;
}

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
  /** How many slots the primary has taken, as 32 bits have it. */
  #taken = 0;
  /** The handoff that the worker expects next. */
  #next = handoffOf(0);

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
      const handoff = handoffOf(this.#taken);
      if (Atomics.compareExchange(this.#slots, slot, FREE, handoff) === FREE) {
        this.#searchFrom = (slot + 1) % size;
        this.#taken = (this.#taken + 1) | 0;
        Atomics.add(this.#header, ACTIVE, 1);
        return slot;
      }
    }
    return undefined;
  }

  /** The worker begins to serve the connection of a slot. They come in the order in which they were taken. */
  serve(slot: number): void {
    const handoff = Atomics.exchange(this.#slots, slot, SERVING);
    if (handoff !== this.#next) Atomics.store(this.#header, GAP, 1);
    this.#next = handoffOf(-handoff);
    Atomics.add(this.#header, SERVED, 1);
  }

  /** Either side gives a slot back. */
  free(slot: number): void {
    const was = Atomics.exchange(this.#slots, slot, FREE);
    if (was === FREE) return;
    Atomics.sub(this.#header, ACTIVE, 1);
    // Its connection never came.
    if (was < FREE) Atomics.add(this.#header, SERVED, 1);
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

  /** The primary asks how many connections are still on their way. */
  handed(): number {
    return (this.#taken - Atomics.load(this.#header, SERVED)) | 0;
  }

  /** How many connections have come, or were given up by the primary, as 32 bits have it. */
  served(): number {
    return Atomics.load(this.#header, SERVED);
  }

  /** Whether one has not come that was taken before one that has; asked for the first time since. */
  takeGap(): boolean {
    return Atomics.exchange(this.#header, GAP, 0) === 1;
  }

  /** The slots whose connections are still on their way. Looks at each slot, which takes a while. */
  handedSlots(): HandedSlot[] {
    const handed: HandedSlot[] = [];
    for (let slot = 0; slot < this.#slots.length; slot += 1) {
      const handoff = Atomics.load(this.#slots, slot);
      if (handoff < FREE) handed.push({ slot, handoff });
    }
    return handed;
  }

  /** Whether the connection of a slot is still on its way. */
  isHanded({ slot, handoff }: HandedSlot): boolean {
    return Atomics.load(this.#slots, slot) === handoff;
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

/** The number of a handoff, below 0: the first one's for 0, and so on. */
function handoffOf(taken: number): number {
  return -1 - (taken & 0x7fff_ffff);
}
