import type { Socket } from 'node:net';
import type { ConnectionContext, Logger, WorkerContext } from '../contract/connection-handler.ts';
import type { Departure } from '../contract/departure.ts';

/** What contexts of a worker are made of. */
export interface WorkerContextParts {
  readonly workerId: number;
  readonly logger: Logger;
  readonly workerData: unknown;
  readonly waitUntil: (work: PromiseLike<unknown>) => void;
  readonly countMessages: (count?: number) => void;
}

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
    const { workerId, logger, workerData, waitUntil } = parts;
    const departure = (): Departure | undefined => this.#departure;
    this.worker = Object.freeze({
      workerId,
      logger,
      workerData,
      waitUntil,
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

  /** Makes the context of a connection. Its signal is made when it is asked for. */
  open(connection: Socket): ConnectionContext {
    const { workerId, logger, workerData, waitUntil, countMessages } = this.#parts;
    const signal = (): AbortSignal => this.#signalOf(connection);
    let own: AbortSignal | undefined;
    return Object.freeze({
      workerId,
      logger,
      workerData,
      waitUntil,
      countMessages,
      worker: this.worker,
      get signal() {
        own ??= signal();
        return own;
      },
    });
  }

  /** Lets go of a connection that has closed. */
  close(connection: Socket): void {
    this.#controllers.delete(connection);
  }

  /** The worker goes away, or does so in another way than before. */
  leave(departure: Departure): void {
    this.#departure = departure;
    for (const listener of this.#listeners) listener(departure);
    this.#leaving.abort();
    for (const controller of this.#controllers.values()) controller.abort();
    this.#controllers.clear();
  }

  #signalOf(connection: Socket): AbortSignal {
    const controller = new AbortController();
    if (this.#departure !== undefined) controller.abort();
    else if (!connection.closed) this.#controllers.set(connection, controller);
    return controller.signal;
  }
}
