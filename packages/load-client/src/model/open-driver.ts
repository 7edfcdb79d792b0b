import type { Arrivals } from './arrivals.ts';
import type { ConnectionOpener } from '../connection/connection-opener.ts';
import type { ConnectionDriver } from '../connection/connection-driver.ts';
import type { LoadConnection } from '../connection/load-connection.ts';
import { Pacer, type Pacing } from './pacer.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { Workload } from '../messages/workload.ts';

/** What an open load thread does. */
export interface OpenPlan {
  /** The most requests in flight on a connection. */
  readonly pipeline: number;
  /** Requests after which a connection is closed and opened again, or Infinity. */
  readonly requestsPerConnection: number;
  readonly pacing: Pacing;
  /** Whether every arrival is to be sent, however long it takes (a bounded number of requests). */
  readonly sendAll: boolean;
  /** Whether a request may be sent again on the next connection. */
  readonly resends: boolean;
  /** When the schedule ends, in milliseconds after its start, or Infinity. */
  readonly endsAfterMs: number;
}

/**
 * The open model: requests are due by a schedule, whatever the server does. A due request goes to
 * the connection that has been free for the longest; when none is free it waits, and its latency
 * counts from the time when it was due.
 */
export class OpenDriver implements ConnectionDriver {
  readonly #plan: OpenPlan;
  readonly #arrivals: Arrivals;
  readonly #workload: Workload;
  readonly #opener: ConnectionOpener;
  readonly #recorder: Recorder;
  readonly #onFinished: () => void;
  readonly #pacer: Pacer;
  #connections: readonly LoadConnection[] = [];
  #free: LoadConnection[] = [];
  #isFree: boolean[] = [];
  #freeSinceMs: Float64Array = new Float64Array(0);
  #gaveUp = new Set<LoadConnection>();
  #pending = new Set<LoadConnection>();
  #prepared: (() => void) | undefined;
  #startMs = Number.POSITIVE_INFINITY;
  /** When the schedule ended; what fell due until then is owed. */
  #endMs = Number.POSITIVE_INFINITY;
  #onPaid: (() => void) | undefined;
  #stoppedAtMs: number | undefined;
  #unsent = 0;

  constructor(
    plan: OpenPlan,
    arrivals: Arrivals,
    workload: Workload,
    opener: ConnectionOpener,
    recorder: Recorder,
    onSpun: (spunMs: number) => void,
    onFinished: () => void,
  ) {
    this.#plan = plan;
    this.#arrivals = arrivals;
    this.#workload = workload;
    this.#opener = opener;
    this.#recorder = recorder;
    this.#onFinished = onFinished;
    this.#pacer = new Pacer(
      plan.pacing,
      (nowMs) => this.#pump(nowMs),
      () => recorder.activity,
      onSpun,
    );
  }

  /** Opens the connections; resolves when each is open or has failed once. */
  async prepare(connections: readonly LoadConnection[]): Promise<void> {
    this.#connections = connections;
    this.#freeSinceMs = new Float64Array(connections.length);
    this.#isFree = connections.map(() => false);
    if (connections.length === 0) return;
    this.#pending = new Set(connections);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#prepared = resolve;
    this.#opener.start(connections);
    await promise;
  }

  /** Starts the schedule at that time of `performance.now()`. */
  start(startMs: number): void {
    if (this.#stoppedAtMs !== undefined) return;
    this.#startMs = startMs;
    this.#pump(performance.now());
    this.#finishIfDone();
  }

  /**
   * Ends the schedule: nothing more falls due. What is due and waits for a connection still goes out
   * as connections come free; lost ones are not opened again for it.
   */
  windDown(onPaid: () => void): void {
    if (this.#stoppedAtMs !== undefined) return;
    this.#endMs = performance.now();
    this.#onPaid = onPaid;
    this.#opener.settle();
    this.#prepared?.();
    this.#pump(this.#endMs);
    this.#finishIfDone();
  }

  /** Sends nothing more; replies are still awaited. Requests that were due by now and not sent become unsent. */
  stopSending(): void {
    if (this.#stoppedAtMs !== undefined) return;
    const nowMs = performance.now();
    this.#stoppedAtMs = nowMs;
    this.#prepared?.();
    this.#pacer.stop();
    this.#opener.stop();
    this.#unsent = this.#arrivals.takeDue(this.#owedUntilMs(nowMs));
    this.#finishIfDone();
  }

  /** Returns up to when, after the start, the client owes what falls due. */
  #owedUntilMs(nowMs: number): number {
    const { sendAll, endsAfterMs } = this.#plan;
    const endless = endsAfterMs === Number.POSITIVE_INFINITY;
    if (sendAll && endless) return Number.MAX_VALUE;
    const ended = this.#endMs !== Number.POSITIVE_INFINITY;
    // When every connection has given up before, what falls due until the end is unsent as well.
    const allGaveUp = this.#gaveUp.size === this.#connections.length;
    if (!ended && allGaveUp && !endless) return endsAfterMs;
    return Math.min(nowMs, this.#endMs) - this.#startMs;
  }

  /** Returns how many requests were due and never sent; known after {@link OpenDriver.stopSending}. */
  get unsent(): number {
    return this.#unsent;
  }

  opened(connection: LoadConnection, nowMs: number): void {
    this.#settle(connection);
    connection.queueRetries(nowMs);
    connection.flush();
    this.#setFree(connection, nowMs);
    this.#pump(nowMs);
  }

  replied(connection: LoadConnection, _replies: number, nowMs: number): void {
    this.#opener.progressed(connection);
    if (connection.sentOnSocket >= this.#plan.requestsPerConnection) {
      if (connection.inFlight === 0 && this.#stoppedAtMs === undefined) {
        connection.close();
        this.#opener.recycle(connection);
      }
    } else this.#setFree(connection, nowMs);
    this.#pump(nowMs);
    this.#finishIfDone();
  }

  ended(connection: LoadConnection, carriedReply: boolean): void {
    if (!this.#opener.reopen(connection, carriedReply)) this.#gaveUp.add(connection);
    this.#settle(connection);
    this.#finishIfDone();
  }

  lost(connection: LoadConnection): void {
    if (!this.#opener.retry(connection)) this.#gaveUp.add(connection);
    this.#settle(connection);
    this.#finishIfDone();
  }

  #settle(connection: LoadConnection): void {
    if (this.#pending.delete(connection) && this.#pending.size === 0) this.#prepared?.();
  }

  #setFree(connection: LoadConnection, nowMs: number): void {
    if (this.#isFree[connection.index] === true) return;
    this.#isFree[connection.index] = true;
    this.#freeSinceMs[connection.index] = nowMs;
    this.#free.push(connection);
  }

  #canSend(connection: LoadConnection): boolean {
    return (
      connection.state === 'open' &&
      connection.inFlight < this.#plan.pipeline &&
      connection.sentOnSocket < this.#plan.requestsPerConnection
    );
  }

  #head = 0;

  /** Returns the connection that has been free for the longest. */
  #takeFree(): LoadConnection | undefined {
    while (this.#head < this.#free.length) {
      const connection = this.#free[this.#head];
      this.#head += 1;
      if (this.#head > 1024 && this.#head * 2 > this.#free.length) {
        this.#free = this.#free.slice(this.#head);
        this.#head = 0;
      }
      if (connection === undefined) continue;
      this.#isFree[connection.index] = false;
      if (this.#canSend(connection)) return connection;
    }
    this.#free.length = 0;
    this.#head = 0;
    return undefined;
  }

  /** Sends what is due, as far as connections are free. */
  #pump(nowMs: number): void {
    if (this.#stoppedAtMs !== undefined) return;
    const arrivals = this.#arrivals;
    let touched: LoadConnection[] | undefined;
    const dueByMs = Math.min(nowMs, this.#endMs);
    while (this.#startMs + arrivals.nextMs <= dueByMs) {
      const connection = this.#takeFree();
      if (connection === undefined) break;
      const dueMs = this.#startMs + arrivals.nextMs;
      arrivals.take();
      const readyMs = Math.max(dueMs, this.#freeSinceMs[connection.index] ?? 0);
      this.#recorder.recordSendDelay(dueMs, nowMs - readyMs);
      connection.queue(this.#workload(), dueMs, nowMs);
      if (this.#canSend(connection)) this.#setFree(connection, nowMs);
      (touched ??= []).push(connection);
    }
    if (touched !== undefined) for (const connection of touched) connection.flush();
    if (arrivals.endMs !== Number.POSITIVE_INFINITY) {
      this.#recorder.endLoad(Math.max(nowMs, this.#startMs + arrivals.endMs));
    }
    const nextMs = this.#startMs + arrivals.nextMs;
    if (nextMs > this.#endMs) {
      this.#pay();
      return;
    }
    const anyFree = this.#head < this.#free.length;
    this.#pacer.wakeAt(nextMs > nowMs || anyFree ? nextMs : Number.POSITIVE_INFINITY, nowMs);
  }

  /** Everything that fell due until the end is sent; what a lost connection leaves may be sent again. */
  #pay(): void {
    if (this.#plan.resends && this.#startMs !== Number.POSITIVE_INFINITY) return;
    const onPaid = this.#onPaid;
    this.#onPaid = undefined;
    onPaid?.();
  }

  #finishIfDone(): void {
    const allSent = this.#arrivals.nextMs === Number.POSITIVE_INFINITY;
    const started = this.#startMs !== Number.POSITIVE_INFINITY;
    const allGaveUp = this.#gaveUp.size === this.#connections.length;
    // A run by time lasts as long as asked, also when nothing is due any more.
    const done =
      (allSent && this.#plan.sendAll) || this.#startMs + this.#arrivals.nextMs > this.#endMs;
    if (!allGaveUp && !(started && done) && this.#stoppedAtMs === undefined) return;
    const stopped = this.#stoppedAtMs !== undefined;
    for (const { inFlight, retries } of this.#connections) {
      if (inFlight > 0 || (retries > 0 && !stopped && !allGaveUp)) return;
    }
    this.#onFinished();
  }
}
