import type { LoadConnection } from './load-connection.ts';

/** When connections are opened, and how often again. */
export interface OpeningPlan {
  /** The time over which the first opening of the connections is spread evenly, in milliseconds. */
  readonly rampUpMs: number;
  /** The most connections opened a second, or Infinity. */
  readonly connectRate: number;
  /** How many attempts without progress may follow the first before a connection gives up, or Infinity. */
  readonly reconnectAttempts: number;
  /** The wait before the first such attempt, in milliseconds; it doubles with each. */
  readonly reconnectDelayMs: number;
}

/** The longest wait between two attempts to open a connection, in milliseconds. */
const MAX_RECONNECT_DELAY_MS = 1000;

/** So many connections are opened in one turn of the event loop at most. */
const BATCH = 100;

/**
 * Opens connections when they are due: at the start, spread by the ramp-up and the connect rate,
 * and again after a loss, with a wait that doubles while there is no progress.
 */
export class ConnectionOpener {
  readonly #plan: OpeningPlan;
  readonly #queue: LoadConnection[] = [];
  readonly #failures = new Map<LoadConnection, number>();
  readonly #delayed = new Set<NodeJS.Timeout>();
  #next = 0;
  #opened = 0;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #settled = false;
  #stopped = false;
  /** The connections that gave up while they were still needed. */
  readonly gaveUp: Set<LoadConnection> = new Set();

  constructor(plan: OpeningPlan) {
    this.#plan = plan;
  }

  /** Starts to open the connections; call it once. */
  start(connections: readonly LoadConnection[]): void {
    this.#startedMs = performance.now();
    for (const connection of connections) this.#queue.push(connection);
    this.#work();
  }

  /** Forgets the failures of a connection, since it made progress. */
  progressed(connection: LoadConnection): void {
    if (this.#failures.size > 0) this.#failures.delete(connection);
  }

  /** Opens a connection that ended as planned again. */
  recycle(connection: LoadConnection): void {
    this.#enqueue(connection);
  }

  /**
   * Opens a connection again that the peer ended cleanly, at once; returns false when it gives up
   * instead. A peer that ends connections again and again without any reply is given a wait from the
   * second time on, like a lost connection.
   */
  reopen(connection: LoadConnection, carriedReply: boolean): boolean {
    if (carriedReply) this.progressed(connection);
    const failures = this.#failures.get(connection) ?? 0;
    if (this.#stopped || failures > 0) return this.retry(connection);
    if (!carriedReply) this.#failures.set(connection, 1);
    this.recycle(connection);
    return true;
  }

  /** Opens a lost connection again, after a wait; returns false when it gives up instead. */
  retry(connection: LoadConnection): boolean {
    const failures = (this.#failures.get(connection) ?? 0) + 1;
    if (this.#stopped || (this.#settled && connection.retries === 0)) return false;
    if (failures > this.#plan.reconnectAttempts) {
      this.gaveUp.add(connection);
      return false;
    }
    this.#failures.set(connection, failures);
    const delayMs = Math.min(
      this.#plan.reconnectDelayMs * 2 ** (failures - 1),
      Math.max(MAX_RECONNECT_DELAY_MS, this.#plan.reconnectDelayMs),
    );
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#enqueue(connection);
    }, delayMs);
    this.#delayed.add(timer);
    return true;
  }

  /** Opens no lost connection any more, unless something is to be sent again on it: only those that are waited for, and those that end as planned. */
  settle(): void {
    this.#settled = true;
  }

  /** Opens nothing any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
    this.#queue.length = 0;
  }

  #enqueue(connection: LoadConnection): void {
    if (this.#stopped) return;
    this.#queue.push(connection);
    if (this.#timer === undefined && this.#immediate === undefined) this.#work();
  }

  /** Returns when the n-th opening (from 0) is due, in milliseconds after the start. */
  #dueMs(position: number, initial: number): number {
    const { rampUpMs, connectRate } = this.#plan;
    const byRate = connectRate === Number.POSITIVE_INFINITY ? 0 : (position / connectRate) * 1000;
    const byRamp = position < initial && initial > 1 ? (position / initial) * rampUpMs : 0;
    return Math.max(byRate, byRamp);
  }

  #initial = 0;

  #work(): void {
    this.#timer = undefined;
    this.#immediate = undefined;
    if (this.#initial === 0) this.#initial = this.#queue.length;
    let batch = 0;
    while (this.#next < this.#queue.length && !this.#stopped) {
      const nowMs = performance.now() - this.#startedMs;
      const dueMs = this.#dueMs(this.#opened, this.#initial);
      if (dueMs > nowMs) {
        this.#timer = setTimeout(() => this.#work(), Math.max(1, dueMs - nowMs));
        return;
      }
      if (batch === BATCH) {
        this.#immediate = setImmediate(() => this.#work());
        return;
      }
      const connection = this.#queue[this.#next];
      this.#next += 1;
      this.#opened += 1;
      batch += 1;
      connection?.open();
    }
    this.#queue.splice(0, this.#next);
    this.#next = 0;
  }
}
