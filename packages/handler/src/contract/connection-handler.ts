import type { Socket } from 'node:net';
import type { Departure } from './departure.ts';
import type { ActivityOf } from './connection-activity.ts';

/**
 * Where a worker and its pool write what happens: an object that takes `(message, fields)`, such as
 * `console`. Options take any pino as well, which gets its arguments in its own order.
 */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The level of a log entry. */
export type LogLevel = keyof Logger;

/**
 * Writes an entry of a worker's program: `(message, fields)`; as a pino does `(fields, message)`, with
 * an error in place of the fields if need be; or a text with `%s` and its values.
 */
export interface WriteEntry {
  (message: string, fields?: Readonly<Record<string, unknown>>): void;
  (fields: object, message?: string, ...values: readonly unknown[]): void;
  (message: string, ...values: readonly (string | number | bigint | boolean | null)[]): void;
}

/**
 * The logger of a worker's program. It takes anything and never throws. What it is given goes to the
 * pool's `logger`, with the worker, its generation and the connection as fields.
 */
export interface WorkerLogger {
  readonly debug: WriteEntry;
  readonly info: WriteEntry;
  readonly warn: WriteEntry;
  readonly error: WriteEntry;
}

/**
 * What all connections of a worker have in common.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
interface WorkerFacts<WorkerData> {
  /** The worker's slot in the pool, from 0. A respawned worker keeps the slot of its predecessor. */
  readonly workerId: number;
  /** Sends log entries to the pool's `logger`. Made for events, not for every message. */
  readonly logger: WorkerLogger;
  /** The pool's `workerData` option, cloned into the worker. */
  readonly workerData: WorkerData;
  /**
   * Makes the worker wait, when it leaves, for work that outlives its connection, within
   * the grace period: a log that is being flushed, a message that is being published. The
   * promise that a handler returns is waited for anyway. One that rejects counts and is
   * told as an error of the handler.
   *
   * @param work what to wait for
   * @throws {TypeError} when `work` is no promise
   */
  waitUntil(work: PromiseLike<unknown>): void;
}

/**
 * What is known of a worker beyond a single connection. One frozen object for its life.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export interface WorkerContext<WorkerData = unknown> extends WorkerFacts<WorkerData> {
  /** Fires when the worker starts to go away. */
  readonly signal: AbortSignal;
  /** How it leaves; undefined until {@link signal} fires. */
  readonly departure: Departure | undefined;
  /**
   * Asks the pool for another worker in this one's place. This one serves until that is ready, and then
   * leaves as in a restart. Asks once: what is asked later changes nothing.
   *
   * @param reason why, for the pool's logger and the event `workerRecycle`
   */
  requestReplacement(reason: string): void;
  /**
   * Listens for the worker's departure, for hosts of servers.
   *
   * @param listener called before {@link signal} fires, at once if it has fired, and again
   *   when the departure changes: no connection comes any more, or a close has to be quicker
   */
  onDeparture(listener: (departure: Departure) => void): void;
}

/**
 * What a connection handler is told: an object of the connection's own. Pass it on as it is: a
 * copy by `{ ...context }` has no `signal`.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export interface ConnectionContext<WorkerData = unknown> extends WorkerFacts<WorkerData> {
  /**
   * Fires when the worker starts to go away while the connection is open: end it when it is
   * idle, finish what is under way. A connection that waited for a worker while its pool
   * closed is still served, and then sees the signal aborted from the start. The signal is
   * the connection's own, so that its listeners go with it; it doesn't fire when the
   * connection closes.
   */
  readonly signal: AbortSignal;
  /**
   * Which of the pool's addresses the connection has come to, from 0 in the order of the list that
   * `listen()` was given; `currentWorker().addresses` has them. 0 in a pool with one address.
   */
  readonly addressIndex: number;
  /**
   * Which of its worker's connections it is, counted from 1. Entries of {@link logger} have it as the
   * field `connectionId`, and `pool.connections()` tells it.
   */
  readonly connectionId: number;
  /** What lasts longer than the connection. */
  readonly worker: WorkerContext<WorkerData>;
  /**
   * Counts messages served, for the pool's stats. Costs nothing noticeable.
   *
   * @param count how many, `1` by default
   * @throws {TypeError} when it is not a whole number of 0 or more
   */
  countMessages(count?: number): void;
}

/**
 * Serves one connection. The default export of a handler module.
 *
 * With the pool's option `tls` the connection is a `tls.TLSSocket`, whose handshake is done.
 *
 * The connection belongs to the handler, which ends it. A connection counts as
 * active until its socket has closed, whatever the handler returns. A promise that it
 * returns is waited for when the worker leaves, within the grace period. If the
 * handler throws or its promise rejects, the connection is destroyed, the pool
 * emits `handlerError`, and the worker goes on. Socket errors (a client that
 * resets) are counted and never take the worker down.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export interface ConnectionHandler<WorkerData = unknown> {
  (connection: Socket, context: ConnectionContext<WorkerData>): void | Promise<void>;
  /** Called once, when the worker has loaded the module. What it throws fails the boot. */
  readonly start?: (worker: WorkerContext<WorkerData>) => void;
  /** Looks at what every connection does at this moment, for handlers that know. */
  readonly activities?: () => ActivityOf;
}
