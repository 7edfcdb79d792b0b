import type { Socket } from 'node:net';

/** Where a worker and its pool write what happens. Any pino- or console-like object fits. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The level of a log entry. */
export type LogLevel = keyof Logger;

/**
 * What a connection handler is told about its worker. One object for the life of the worker.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export interface ConnectionContext<WorkerData = unknown> {
  /** The worker's place in the pool, from 0. A respawned worker keeps the place of its predecessor. */
  readonly workerId: number;
  /**
   * Fires when the worker starts to go away: end idle connections, finish what
   * is under way. A connection that waited for a worker while its pool closed
   * is still served, and then sees the signal aborted from the start.
   */
  readonly signal: AbortSignal;
  /** Sends log entries to the pool's `logger`. Made for events, not for every message. */
  readonly logger: Logger;
  /** The pool's `workerData` option, cloned into the worker. */
  readonly workerData: WorkerData;
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
 * active until its socket has closed, whatever the handler returns. If the
 * handler throws or its promise rejects, the connection is destroyed, the pool
 * emits `handlerError`, and the worker goes on. Socket errors (a client that
 * resets) are counted and never take the worker down.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export type ConnectionHandler<WorkerData = unknown> = (
  connection: Socket,
  context: ConnectionContext<WorkerData>,
) => void | Promise<void>;
