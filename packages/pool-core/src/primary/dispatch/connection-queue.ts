import type { Socket } from 'node:net';
import type { ResolvedOverloadOptions, ShedReason } from '../../options/overload-options.ts';

/** A connection that waits for capacity. */
export interface WaitingConnection {
  readonly connection: Socket;
  /** Which of the pool's addresses it came to, from 0. */
  readonly addressIndex: number;
  /** Since when, on the clock of `performance.now()`. */
  readonly sinceMs: number;
}

/** What a queue tells its owner. */
export interface WaitingConnectionsEvents {
  /** A connection may wait no longer; it is out of the queue. */
  shed(connection: Socket, reason: ShedReason, waitedMs: number): void;
  /** Some have waited for long enough: the owner looks for capacity, then calls {@link ConnectionQueue.enforce}. */
  due(): void;
}

/** The accepted connections that wait for free capacity, in the order in which they came. */
export class ConnectionQueue {
  readonly #limits: ResolvedOverloadOptions;
  readonly #events: WaitingConnectionsEvents;
  readonly #queue: WaitingConnection[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ResolvedOverloadOptions, events: WaitingConnectionsEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** How many wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Puts a new one at the end. It may be one too many until {@link enforce}. */
  add(connection: Socket, addressIndex: number): void {
    this.#queue.push({ connection, addressIndex, sinceMs: performance.now() });
  }

  /** Puts one that had its turn back to the front. */
  putBack(waiting: WaitingConnection): void {
    this.#queue.unshift(waiting);
  }

  /** Takes the one that has waited for the longest. */
  take(): WaitingConnection | undefined {
    return this.#queue.shift();
  }

  /** Sheds those that may wait no longer, and sees to it that the next ones are looked at in time. */
  enforce(): void {
    const { policy, maxQueuedConnections, queueTimeoutMs } = this.#limits;
    while (this.#queue.length > maxQueuedConnections) {
      if (policy === 'drop-oldest') this.#shed(this.#queue.shift(), 'dropped-oldest');
      else this.#shed(this.#queue.pop(), 'queue-full');
    }
    if (queueTimeoutMs === Infinity) return;
    while (this.#remainingMs() <= 0) this.#shed(this.#queue.shift(), 'queue-timeout');
    if (this.#queue.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#events.due();
      }, Math.ceil(this.#remainingMs()));
    }
  }

  /** Takes all of them. */
  takeAll(): Socket[] {
    return this.#queue.splice(0).map(({ connection }) => connection);
  }

  /** How long the first one may still wait; Infinity if nobody waits. */
  #remainingMs(): number {
    const [first] = this.#queue;
    if (first === undefined) return Infinity;
    return first.sinceMs + this.#limits.queueTimeoutMs - performance.now();
  }

  #shed(waiting: WaitingConnection | undefined, reason: ShedReason): void {
    if (waiting === undefined) return;
    this.#events.shed(waiting.connection, reason, performance.now() - waiting.sinceMs);
  }
}
