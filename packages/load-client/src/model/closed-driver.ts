import type { ConnectionOpener } from '../connection/connection-opener.ts';
import type { ConnectionDriver } from '../connection/connection-driver.ts';
import type { LoadConnection } from '../connection/load-connection.ts';
import type { RandomSource } from '../random-source.ts';
import { drawThinkMs, type ThinkTime } from './think-time.ts';
import type { Workload } from '../messages/workload.ts';

/** What a closed load thread does. */
export interface ClosedPlan {
  /** Requests in flight on a connection. */
  readonly pipeline: number;
  /** How long each client thinks before each request; null for not at all. */
  readonly thinkMs: ThinkTime | null;
  /** Requests of each connection, or Infinity. */
  readonly requestsEach: number;
  /** Requests of all connections of this thread together, or Infinity. */
  readonly requestsInAll: number;
  /** Requests after which a connection is closed and opened again, or Infinity. */
  readonly requestsPerConnection: number;
  /** How long the warm-up lasts, whose requests take nothing from these numbers, in milliseconds. */
  readonly warmupMs: number;
}

interface ConnectionProgress {
  /** How many requests this connection may still send by its own budget. */
  remaining: number;
  /** Think times that run at present; each has reserved one request. */
  readonly thinking: Set<NodeJS.Timeout>;
  finished: boolean;
}

/**
 * The closed model: a connection sends its next request when a reply has come (and the think time
 * has passed), so a slow server is asked less often.
 */
export class ClosedDriver implements ConnectionDriver {
  readonly #plan: ClosedPlan;
  readonly #workload: Workload;
  readonly #random: RandomSource;
  readonly #opener: ConnectionOpener;
  readonly #onEbb: (nowMs: number) => void;
  readonly #onFinished: () => void;
  readonly #progress: ConnectionProgress[] = [];
  #connections: readonly LoadConnection[] = [];
  #shared: number;
  #active = 0;
  #stopped = false;
  #unneededFinished = false;
  #ebbing = false;
  #measuring: boolean;
  #measureFromMs = Number.POSITIVE_INFINITY;

  constructor(
    plan: ClosedPlan,
    workload: Workload,
    random: RandomSource,
    opener: ConnectionOpener,
    onEbb: (nowMs: number) => void,
    onFinished: () => void,
  ) {
    this.#plan = plan;
    this.#onEbb = onEbb;
    this.#workload = workload;
    this.#random = random;
    this.#opener = opener;
    this.#onFinished = onFinished;
    this.#measuring = plan.warmupMs === 0;
    this.#shared = plan.warmupMs === 0 ? plan.requestsInAll : Number.POSITIVE_INFINITY;
  }

  /** Takes the connections; in this model they are opened as part of the load. */
  async prepare(connections: readonly LoadConnection[]): Promise<void> {
    this.#connections = connections;
    this.#active = connections.length;
    for (const _ of connections) {
      this.#progress.push({
        remaining: this.#measuring ? this.#plan.requestsEach : Number.POSITIVE_INFINITY,
        thinking: new Set(),
        finished: false,
      });
    }
  }

  /** Starts at once; `onFinished` is called when every connection has done its work or given up. */
  start(startMs: number): void {
    this.#measureFromMs = startMs + this.#plan.warmupMs;
    if (!this.#stopped) this.#opener.start(this.#connections);
  }

  /** Does nothing: in this model nothing is ever due. */
  sendDue(): void {}

  /** Sends nothing more; connections with requests in flight still wait for their replies. */
  stopSending(): void {
    if (this.#stopped) return;
    this.#measureIfDue(performance.now());
    this.#stopped = true;
    this.#opener.stop();
    for (const connection of this.#connections) {
      const progress = this.#progressOf(connection);
      this.#stopThinking(progress);
      if (connection.inFlight === 0) this.#finish(connection, progress);
    }
  }

  /** Returns how many requests of a bounded run were never sent. */
  get unsent(): number {
    if (!this.#measuring) return 0;
    if (this.#shared !== Number.POSITIVE_INFINITY) return this.#shared;
    if (this.#plan.requestsEach === Number.POSITIVE_INFINITY) return 0;
    return this.#progress.reduce(
      (sum, { remaining, thinking }) => sum + remaining + thinking.size,
      0,
    );
  }

  opened(connection: LoadConnection, nowMs: number): void {
    connection.queueRetries(nowMs);
    this.#advance(connection, nowMs);
  }

  replied(connection: LoadConnection, _replies: number, nowMs: number): void {
    this.#opener.progressed(connection);
    this.#advance(connection, nowMs);
  }

  ended(connection: LoadConnection, carriedReply: boolean): void {
    this.#reopen(connection, () => this.#opener.reopen(connection, carriedReply));
  }

  lost(connection: LoadConnection): void {
    this.#reopen(connection, () => this.#opener.retry(connection));
  }

  /** Opens a connection again that is still needed; finishes it when it is not, or when it gives up. */
  #reopen(connection: LoadConnection, open: () => boolean): void {
    const progress = this.#progressOf(connection);
    this.#stopThinking(progress);
    if (progress.finished) return;
    const wanted = this.#hasBudget(progress) || (connection.retries > 0 && !this.#stopped);
    if (!wanted || !open()) this.#finish(connection, progress);
  }

  /** Fills the connection's places in flight, recycles it, or finishes it. */
  #advance(connection: LoadConnection, nowMs: number): void {
    const progress = this.#progressOf(connection);
    const { pipeline, thinkMs, requestsPerConnection } = this.#plan;
    const { thinking } = progress;
    this.#measureIfDue(nowMs);
    while (
      connection.inFlight + thinking.size < pipeline &&
      connection.sentOnSocket + thinking.size < requestsPerConnection &&
      this.#take(progress)
    ) {
      if (thinkMs !== null) this.#think(connection, progress, thinkMs);
      else connection.queue(this.#workload(), nowMs, nowMs);
    }
    connection.flush();
    if (this.#shared === 0) this.#finishUnneeded();
    if (connection.inFlight > 0 || thinking.size > 0) return;
    if (this.#hasBudget(progress)) {
      connection.close();
      this.#opener.recycle(connection);
    } else this.#finish(connection, progress);
  }

  /** Lets go of connections that still open, now that others have taken the last shared request. */
  #finishUnneeded(): void {
    if (this.#unneededFinished) return;
    this.#unneededFinished = true;
    for (const connection of this.#connections) {
      const progress = this.#progressOf(connection);
      if (connection.state !== 'open' && connection.inFlight + connection.retries === 0) {
        this.#finish(connection, progress);
      }
    }
  }

  /** When the warm-up is over requests count from here on, those that are being thought of included. */
  #measureIfDue(nowMs: number): void {
    if (this.#measuring || nowMs < this.#measureFromMs) return;
    this.#measuring = true;
    let thinking = 0;
    for (const progress of this.#progress) {
      progress.remaining = this.#plan.requestsEach - progress.thinking.size;
      thinking += progress.thinking.size;
    }
    this.#shared = this.#plan.requestsInAll - thinking;
  }

  #think(connection: LoadConnection, progress: ConnectionProgress, think: ThinkTime): void {
    const timer = setTimeout(
      () => {
        const nowMs = performance.now();
        this.#measureIfDue(nowMs);
        progress.thinking.delete(timer);
        connection.queue(this.#workload(), nowMs, nowMs);
        connection.flush();
      },
      drawThinkMs(think, this.#random),
    );
    progress.thinking.add(timer);
  }

  /** Ends the think times and gives back the requests that they had reserved. */
  #stopThinking(progress: ConnectionProgress): void {
    for (const timer of progress.thinking) clearTimeout(timer);
    progress.remaining += progress.thinking.size;
    this.#shared += progress.thinking.size;
    progress.thinking.clear();
  }

  #hasBudget(progress: ConnectionProgress): boolean {
    return !this.#stopped && progress.remaining > 0 && this.#shared > 0;
  }

  #take(progress: ConnectionProgress): boolean {
    if (!this.#hasBudget(progress)) return false;
    progress.remaining -= 1;
    this.#shared -= 1;
    return true;
  }

  #finish(connection: LoadConnection, progress: ConnectionProgress): void {
    if (progress.finished) return;
    progress.finished = true;
    connection.close();
    // The first to have done its work ends the time in which all are at work.
    if (!this.#stopped && !this.#ebbing) {
      this.#ebbing = true;
      this.#onEbb(performance.now());
    }
    this.#active -= 1;
    if (this.#active === 0) this.#onFinished();
  }

  #progressOf(connection: LoadConnection): ConnectionProgress {
    const progress = this.#progress[connection.index];
    if (progress === undefined) throw new RangeError(`No connection ${connection.index} here`);
    return progress;
  }
}
