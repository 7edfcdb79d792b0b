import type { ConnectionOpener } from '../connection/connection-opener.ts';
import type { ConnectionDriver } from '../connection/connection-driver.ts';
import type { LoadConnection } from '../connection/load-connection.ts';
import type { RandomSource } from '../random-source.ts';
import type { ClientScript } from './client-script.ts';
import { drawThinkMs, type ThinkTime } from './think-time.ts';

/** What a closed load thread does. */
export interface ClosedPlan {
  /** Requests in flight on a connection. */
  readonly pipeline: number;
  /** Requests, or sessions, of each connection, or Infinity. */
  readonly unitsEach: number;
  /** The same of all connections of this thread together, or Infinity. */
  readonly unitsInAll: number;
  /** Requests after which a connection is closed and opened again, or Infinity. */
  readonly requestsPerConnection: number;
  /** How long the warm-up lasts, whose requests take nothing from these numbers, in milliseconds. */
  readonly warmupMs: number;
  /** Whether a request may be sent again on the next connection. */
  readonly resends: boolean;
}

interface ConnectionProgress {
  /** How many requests, or sessions, this connection may still begin with by its own budget. */
  remaining: number;
  /** Think times that run at present, with what each has reserved of the budget: 1, or 0 within a session. */
  readonly thinking: Map<NodeJS.Timeout, number>;
  finished: boolean;
}

/** How much of the budget the think times have reserved. */
function reserved(thinking: ReadonlyMap<NodeJS.Timeout, number>): number {
  let sum = 0;
  for (const taken of thinking.values()) sum += taken;
  return sum;
}

/**
 * The closed model: a connection sends its next request when a reply has come (and the think time
 * has passed), so a slow server is asked less often.
 */
export class ClosedDriver implements ConnectionDriver {
  readonly #plan: ClosedPlan;
  readonly #script: ClientScript;
  readonly #random: RandomSource;
  readonly #opener: ConnectionOpener;
  readonly #onEbb: (nowMs: number) => void;
  readonly #onFinished: () => void;
  readonly #progress: ConnectionProgress[] = [];
  #connections: readonly LoadConnection[] = [];
  #shared: number;
  #active = 0;
  #over = false;
  #stopped = false;
  #unneededFinished = false;
  #ebbing = false;
  #measuring: boolean;
  #measureFromMs = Number.POSITIVE_INFINITY;

  constructor(
    plan: ClosedPlan,
    script: ClientScript,
    random: RandomSource,
    opener: ConnectionOpener,
    onEbb: (nowMs: number) => void,
    onFinished: () => void,
  ) {
    this.#plan = plan;
    this.#onEbb = onEbb;
    this.#script = script;
    this.#random = random;
    this.#opener = opener;
    this.#onFinished = onFinished;
    this.#measuring = plan.warmupMs === 0;
    this.#shared = plan.warmupMs === 0 ? plan.unitsInAll : Number.POSITIVE_INFINITY;
  }

  /** Takes the connections; in this model they are opened as part of the load. */
  async prepare(connections: readonly LoadConnection[]): Promise<void> {
    this.#connections = connections;
    this.#active = connections.length;
    for (const _ of connections) {
      this.#progress.push({
        remaining: this.#measuring ? this.#plan.unitsEach : Number.POSITIVE_INFINITY,
        thinking: new Map(),
        finished: false,
      });
    }
  }

  /** Starts at once; `onFinished` is called when every connection has done its work or given up. */
  start(startMs: number): void {
    this.#measureFromMs = startMs + this.#plan.warmupMs;
    if (!this.#over) this.#opener.start(this.#connections);
  }

  /** Asks nothing new; what a lost connection left is still sent again. */
  windDown(onPaid: () => void): void {
    this.#end();
    if (!this.#plan.resends) onPaid();
  }

  /** Sends nothing more; connections with requests in flight still wait for their replies. */
  stopSending(): void {
    if (this.#stopped) return;
    this.#end();
    this.#stopped = true;
    this.#opener.stop();
    for (const connection of this.#connections) {
      if (connection.inFlight === 0) this.#finish(connection, this.#progressOf(connection));
    }
  }

  /** Ends what clients do by themselves. */
  #end(): void {
    if (this.#over) return;
    this.#measureIfDue(performance.now());
    this.#over = true;
    this.#opener.settle();
    for (const connection of this.#connections) {
      const progress = this.#progressOf(connection);
      this.#stopThinking(progress);
      if (connection.inFlight + connection.retries === 0) this.#finish(connection, progress);
    }
  }

  /** Returns how many requests of a bounded run were never sent. */
  get unsent(): number {
    if (!this.#measuring) return 0;
    if (this.#shared !== Number.POSITIVE_INFINITY) return this.#shared;
    if (this.#plan.unitsEach === Number.POSITIVE_INFINITY) return 0;
    const { unitRequests } = this.#script;
    return this.#progress.reduce(
      (sum, { remaining, thinking }, client) =>
        sum + (remaining + reserved(thinking)) * unitRequests + this.#script.left(client),
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
    this.#script.connectionEnded(connection.index);
    this.#reopen(connection, () => this.#opener.reopen(connection, carriedReply));
  }

  lost(connection: LoadConnection): void {
    this.#script.connectionEnded(connection.index);
    this.#reopen(connection, () => this.#opener.retry(connection));
  }

  /** Opens a connection again that is still needed; finishes it when it is not, or when it gives up. */
  #reopen(connection: LoadConnection, open: () => boolean): void {
    const progress = this.#progressOf(connection);
    this.#stopThinking(progress);
    if (progress.finished) return;
    const wanted =
      this.#hasBudget(connection, progress) || (connection.retries > 0 && !this.#stopped);
    if (!wanted || !open()) this.#finish(connection, progress);
  }

  /** Fills the connection's places in flight, recycles it, or finishes it. */
  #advance(connection: LoadConnection, nowMs: number): void {
    const progress = this.#progressOf(connection);
    const { pipeline, requestsPerConnection } = this.#plan;
    const { index } = connection;
    const { thinking } = progress;
    this.#measureIfDue(nowMs);
    while (
      connection.inFlight + thinking.size < pipeline &&
      connection.sentOnSocket + thinking.size < requestsPerConnection &&
      !this.#wantsNewConnection(connection) &&
      this.#hasBudget(connection, progress)
    ) {
      const taken = this.#take(connection, progress);
      const thinkMs = this.#script.thinkTime(index);
      if (thinkMs === null) connection.queue(this.#script.next(index), nowMs, nowMs);
      else this.#think(connection, progress, thinkMs, taken);
    }
    connection.flush();
    if (this.#shared === 0) this.#finishUnneeded();
    if (connection.inFlight > 0 || thinking.size > 0) return;
    if (this.#hasBudget(connection, progress)) {
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
      const under = connection.inFlight + connection.retries + this.#script.left(connection.index);
      if (connection.state !== 'open' && under === 0) {
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
      const taken = reserved(progress.thinking);
      progress.remaining = this.#plan.unitsEach - taken;
      thinking += taken;
    }
    this.#shared = this.#plan.unitsInAll - thinking;
  }

  #think(
    connection: LoadConnection,
    progress: ConnectionProgress,
    think: ThinkTime,
    taken: number,
  ): void {
    const timer = setTimeout(
      () => {
        const nowMs = performance.now();
        this.#measureIfDue(nowMs);
        progress.thinking.delete(timer);
        connection.queue(this.#script.next(connection.index), nowMs, nowMs);
        connection.flush();
      },
      drawThinkMs(think, this.#random),
    );
    progress.thinking.set(timer, taken);
  }

  /** Ends the think times and gives back what they had reserved. */
  #stopThinking(progress: ConnectionProgress): void {
    const taken = reserved(progress.thinking);
    for (const timer of progress.thinking.keys()) clearTimeout(timer);
    progress.remaining += taken;
    this.#shared += taken;
    progress.thinking.clear();
  }

  #hasBudget({ index }: LoadConnection, { remaining }: ConnectionProgress): boolean {
    if (this.#over) return false;
    return (remaining > 0 && this.#shared > 0) || this.#script.left(index) > 0;
  }

  /** Takes what the next request needs of the budgets, and returns it. */
  #take({ index }: LoadConnection, progress: ConnectionProgress): number {
    if (this.#script.left(index) > 0) return 0;
    progress.remaining -= 1;
    this.#shared -= 1;
    return 1;
  }

  #wantsNewConnection({ index, sentOnSocket }: LoadConnection): boolean {
    return this.#script.newConnection && sentOnSocket > 0 && this.#script.left(index) === 0;
  }

  #finish(connection: LoadConnection, progress: ConnectionProgress): void {
    if (progress.finished) return;
    progress.finished = true;
    connection.close();
    // The first to have done its work ends the time in which all are at work.
    if (!this.#over && !this.#ebbing) {
      this.#ebbing = true;
      this.#onEbb(performance.now());
    }
    this.#active -= 1;
    if (this.#active === 0) this.#onFinished();
  }

  #progressOf(connection: LoadConnection): ConnectionProgress {
    const progress = this.#progress[connection.index];
    if (progress === undefined)
      throw new RangeError(`Cannot find connection ${connection.index}: another share has it`);
    return progress;
  }
}
