import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  describeValue,
  requireDurationMs,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import { backlogTaken } from '../closing/backlog.ts';
import { messageFirst } from '../contract/message-first.ts';
import type { ConnectionHandler, Logger } from '../contract/connection-handler.ts';
import { departureOf } from '../contract/departure.ts';
import { PendingWork } from '../hosting/pending-work.ts';
import { adviceForFailure } from '../apps/recognized-app.ts';
import { eitherOrderOnto } from '../hosting/either-order.ts';
import { WorkerContexts } from '../hosting/worker-contexts.ts';

/** What a {@link GracefulServer} gives its handler. */
export interface GracefulServerOptions<WorkerData = unknown> {
  /**
   * What the handler finds as `context.workerData`.
   * @default undefined
   */
  readonly workerData?: WorkerData;
  /**
   * Where entries of the handler and its failures go: an object of `(message, fields)`, or a pino.
   * @default `console.warn` and `console.error`; `debug` and `info` are dropped
   */
  readonly logger?: Logger;
}

/** How a {@link GracefulServer} closes. */
export interface GracefulCloseOptions {
  /**
   * Time for open connections and pending work to finish, in milliseconds; `Infinity` waits forever.
   * @default 30_000
   */
  readonly graceMs?: number;
}

/** What became of the connections of a {@link GracefulServer}. */
export interface GracefulCloseReport {
  /** Connections that were open, or came from the backlog, and ended within the grace period. */
  readonly drainedConnections: number;
  /** Connections that were cut when the grace period was over. */
  readonly cutConnections: number;
  /** From the first call of `close()` to the end, in milliseconds. */
  readonly durationMs: number;
}

const SERVER_DEFAULTS = Object.freeze({
  workerData: undefined,
  logger: Object.freeze({
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields = {}) => console.warn(message, fields),
    error: (message, fields = {}) => console.error(message, fields),
  } satisfies Logger),
} satisfies Record<keyof GracefulServerOptions, unknown>);

const CLOSE_DEFAULTS = Object.freeze({
  graceMs: 30_000,
} satisfies Record<keyof GracefulCloseOptions, unknown>);

/** The most that a backlog holds: whoever waited at the start is among as many. */
const MAX_BACKLOG = 65_535;

/**
 * Serves a connection handler in this program, without a pool: the worker with the id 0 is the
 * program itself. Its {@link server} listens by Node's own `listen()`.
 *
 * `close()` loses no request that has been sent: it takes who waits in the kernel's backlog, closes
 * the port, tells the handler to end its connections as a pool does when it closes, and cuts
 * what is left when the grace period is over. Signals are the program's business.
 *
 * @example
 * const graceful = new GracefulServer(serverHandler(http.createServer(app)));
 * graceful.server.listen(3000);
 * process.once('SIGTERM', () => void graceful.close({ graceMs: 10_000 }));
 */
export class GracefulServer<WorkerData = unknown> {
  /** Accepts the connections. Its own `close()` only stops it from accepting. */
  readonly server: Server;
  readonly #handler: ConnectionHandler<WorkerData>;
  readonly #logger: Logger;
  readonly #contexts: WorkerContexts;
  readonly #work: PendingWork;
  readonly #connections = new Set<Socket>();
  readonly #cut = Promise.withResolvers<void>();
  #accepted = 0;
  #expectsConnections = true;
  #deadlineMs = Infinity;
  #cutTimer: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;
  #closing: Promise<GracefulCloseReport> | undefined;

  /**
   * @param handler such as what `serverHandler()` returns
   * @param options what it is given
   * @throws {TypeError} when `handler` is no function, or an option is unknown or of the wrong kind
   * @throws {unknown} what the handler's `start()` throws
   */
  constructor(
    handler: ConnectionHandler<WorkerData>,
    options: GracefulServerOptions<WorkerData> = {},
  ) {
    if (typeof handler !== 'function') {
      throw new TypeError(
        `Cannot create a GracefulServer: its handler must be a function, got ${describeValue(handler)}`,
      );
    }
    requireObject('Options of a GracefulServer', options, '{ workerData: 1 }');
    requireKnownOptions(options, SERVER_DEFAULTS, { of: 'a GracefulServer' });
    this.#handler = handler;
    const logger = messageFirst(options.logger ?? SERVER_DEFAULTS.logger);
    this.#logger = logger;
    this.#work = new PendingWork(
      (error) => this.#onHandlerError(error),
      () => this.#checkEmpty(),
    );
    this.#contexts = new WorkerContexts({
      workerId: 0,
      loggerOf: (connectionId) =>
        eitherOrderOnto(logger, connectionId === undefined ? {} : { connectionId }),
      workerData: options.workerData,
      waitUntil: (work) => this.#work.add(work),
      countMessages: () => undefined,
    });
    handler.start?.(this.#contexts.worker as Parameters<NonNullable<typeof handler.start>>[0]);
    this.server = createServer({ noDelay: true }, (connection) => this.#serve(connection));
  }

  /**
   * Closes the port and ends every connection, without loss where the grace period allows it. A
   * further call can shorten the grace period; it resolves to the same report.
   *
   * @param options how long that may take
   * @throws {TypeError | RangeError} when an option is unknown or wrong
   */
  async close(options: GracefulCloseOptions = {}): Promise<GracefulCloseReport> {
    requireObject('Close options', options, '{ graceMs: 30_000 }');
    requireKnownOptions(options, CLOSE_DEFAULTS, { of: 'close()' });
    const graceMs = requireDurationMs('graceMs', options.graceMs ?? CLOSE_DEFAULTS.graceMs, {
      orInfinity: true,
    });
    const deadlineMs = performance.now() + graceMs;
    if (this.#closing === undefined || deadlineMs < this.#deadlineMs) {
      this.#deadlineMs = deadlineMs;
      clearTimeout(this.#cutTimer);
      if (graceMs < Infinity) this.#cutTimer = setTimeout(() => this.#cut.resolve(), graceMs);
      this.#leave();
    }
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes with the defaults. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<GracefulCloseReport> {
    const startMs = performance.now();
    const acceptedBefore = this.#accepted - this.#connections.size;
    const cut = this.#cut.promise;
    if (this.server.listening) {
      const deadline = { remainingMs: () => Math.max(0, this.#deadlineMs - performance.now()) };
      await backlogTaken(() => this.#accepted, MAX_BACKLOG, deadline);
      this.server.close();
    }
    this.#expectsConnections = false;
    this.#leave();
    await Promise.race([this.#emptied(), cut]);
    clearTimeout(this.#cutTimer);
    const cutConnections = this.#connections.size;
    for (const connection of this.#connections) connection.destroy();
    return {
      drainedConnections: this.#accepted - acceptedBefore - cutConnections,
      cutConnections,
      durationMs: performance.now() - startMs,
    };
  }

  /** Waits until nothing is left to do, nor is begun by the handler in answer to that. */
  async #emptied(): Promise<void> {
    await nextTurn();
    while (!this.#empty) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
      await nextTurn();
    }
  }

  get #empty(): boolean {
    return this.#connections.size === 0 && this.#work.count === 0;
  }

  #leave(): void {
    const graceMs = this.#deadlineMs - performance.now();
    this.#contexts.leave(departureOf({ reason: 'close', graceMs }, this.#expectsConnections));
  }

  #serve(connection: Socket): void {
    this.#accepted += 1;
    this.#connections.add(connection);
    connection.once('close', () => {
      this.#connections.delete(connection);
      this.#contexts.close(connection);
      this.#checkEmpty();
    });
    // Keeps an error nobody else listens for, such as a reset, from ending the program.
    connection.on('error', () => undefined);
    this.#work.add(this.#handle(connection), (error) => {
      this.#onHandlerError(error);
      connection.destroy();
    });
  }

  /** Makes one promise of what the handler throws and of what it rejects with. */
  async #handle(connection: Socket): Promise<void> {
    const context = this.#contexts.open(connection, {
      connectionId: this.#accepted,
      addressIndex: 0,
    });
    await this.#handler(connection, context as Parameters<ConnectionHandler<WorkerData>>[1]);
  }

  #onHandlerError(error: unknown): void {
    const advice = adviceForFailure(this.#handler, error instanceof Error ? error.message : '');
    const hint = advice === undefined ? '' : `; ${advice}`;
    this.#logger.error(`A handler failed, its connection is destroyed${hint}`, { error });
  }

  #checkEmpty(): void {
    if (this.#empty) this.#whenEmpty?.();
  }
}
