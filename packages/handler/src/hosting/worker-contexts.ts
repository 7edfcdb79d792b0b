import type { Socket } from 'node:net';
import type {
  ConnectionContext,
  WorkerContext,
  WorkerLogger,
} from '../contract/connection-handler.ts';
import type { Departure } from '../contract/departure.ts';

/** What contexts of a worker are made of. */
export interface WorkerContextParts {
  readonly workerId: number;
  /** Makes the logger of the worker, or of one connection when its handler asks for it. */
  readonly loggerOf: (connectionId?: number) => WorkerLogger;
  readonly workerData: unknown;
  readonly waitUntil: (work: PromiseLike<unknown>) => void;
  readonly countMessages: (count?: number) => void;
  /** Without it nobody replaces the worker, such as outside of a pool. */
  readonly requestReplacement?: (reason: string) => void;
}

/** Which connection a context is of, see {@link ConnectionContext}. */
export type NumberedConnection = Pick<ConnectionContext, 'connectionId' | 'addressIndex'>;

/** Makes the contexts of a worker and its connections, and tells them when the worker goes away. */
export class WorkerContexts {
  readonly worker: WorkerContext;
  readonly #parts: WorkerContextParts;
  readonly #leaving = new AbortController();
  readonly #listeners = new Set<(departure: Departure) => void>();
  /** Of open connections whose handlers have asked for their signal. */
  readonly #controllers = new Map<Socket, AbortController>();
  #departure: Departure | undefined;

  constructor(parts: WorkerContextParts) {
    this.#parts = parts;
    const { workerId, loggerOf, workerData, waitUntil, requestReplacement } = parts;
    let asked = false;
    const departure = (): Departure | undefined => this.#departure;
    this.worker = Object.freeze({
      workerId,
      logger: loggerOf(),
      workerData,
      waitUntil,
      requestReplacement: (reason: string) => {
        if (!asked && this.#departure === undefined) requestReplacement?.(reason);
        asked = true;
      },
      signal: this.#leaving.signal,
      get departure() {
        return departure();
      },
      onDeparture: (listener: (departure: Departure) => void) => {
        this.#listeners.add(listener);
        if (this.#departure !== undefined) listener(this.#departure);
      },
    });
  }

  /**
   * Makes the context of a connection. Its signal and its logger are made when they are asked for.
   *
   * @param connection the connection
   * @param numbered which one it is
   */
  open(connection: Socket, numbered: NumberedConnection): ConnectionContext {
    return new OpenContext(this.#parts, this, connection, numbered);
  }

  /** Lets go of a connection that has closed. */
  close(connection: Socket): void {
    if (this.#controllers.size > 0) this.#controllers.delete(connection);
  }

  /** The worker goes away, or does so in another way than before. */
  leave(departure: Departure): void {
    this.#departure = departure;
    for (const listener of this.#listeners) listener(departure);
    this.#leaving.abort();
    for (const controller of this.#controllers.values()) controller.abort();
    this.#controllers.clear();
  }

  /** Makes a signal of a connection's own. */
  signalOf(connection: Socket): AbortSignal {
    const controller = new AbortController();
    if (this.#departure !== undefined) controller.abort();
    else if (!connection.closed) this.#controllers.set(connection, controller);
    return controller.signal;
  }
}

/** A class, since an object with a getter of its own takes some microseconds for each connection. */
class OpenContext implements ConnectionContext {
  readonly workerId: number;
  readonly connectionId: number;
  readonly workerData: unknown;
  readonly waitUntil: WorkerContextParts['waitUntil'];
  readonly countMessages: WorkerContextParts['countMessages'];
  readonly addressIndex: number;
  readonly worker: WorkerContext;
  readonly #connection: Socket;
  readonly #contexts: WorkerContexts;
  readonly #parts: WorkerContextParts;
  #logger: WorkerLogger | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    parts: WorkerContextParts,
    contexts: WorkerContexts,
    connection: Socket,
    { connectionId, addressIndex }: NumberedConnection,
  ) {
    this.workerId = parts.workerId;
    this.workerData = parts.workerData;
    this.waitUntil = parts.waitUntil;
    this.countMessages = parts.countMessages;
    this.addressIndex = addressIndex;
    this.connectionId = connectionId;
    this.worker = contexts.worker;
    this.#connection = connection;
    this.#contexts = contexts;
    this.#parts = parts;
  }

  get logger(): WorkerLogger {
    this.#logger ??= this.#parts.loggerOf(this.connectionId);
    return this.#logger;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#contexts.signalOf(this.#connection);
    return this.#signal;
  }
}
