import type { Socket } from 'node:net';
import type { ConnectionHandler } from '@sockpool/handler';
import { adviceForFailure, type PendingWork, type WorkerContexts } from '@sockpool/handler/hosting';
import type { ConnectionNote } from './open-connections.ts';
import { type ErrorRecord, toErrorRecord } from '../errors/error-record.ts';
import type { WorkerAdmission } from './worker-admission.ts';

/** When a handler has failed, other than while it serves: its connection had ended, or it was work that outlives one. */
export type LateFailure = 'ended' | 'work';

/** What calls of a handler are made with. */
export interface HandlerCallsSettings {
  readonly admission: Pick<WorkerAdmission, 'admit'>;
  readonly contexts: Pick<WorkerContexts, 'open'>;
  /** Waits for what the handler promises. */
  readonly work: PendingWork;
  /** A handler has failed: why, and what may help. */
  readonly onFailure: (
    error: ErrorRecord,
    late: LateFailure | undefined,
    advice: string | undefined,
    connectionId: number | undefined,
  ) => void;
}

/** Calls a worker's handler for the connections that are admitted. A connection whose handler fails is destroyed. */
export class HandlerCalls {
  readonly #settings: HandlerCallsSettings;
  #handler: ConnectionHandler | undefined;

  constructor(settings: HandlerCallsSettings) {
    this.#settings = settings;
  }

  /** The handler, once it is loaded. */
  get handler(): ConnectionHandler | undefined {
    return this.#handler;
  }

  set handler(handler: ConnectionHandler) {
    this.#handler = handler;
  }

  /**
   * Lets a connection be served, once it is admitted.
   *
   * @param connection the connection
   * @param note which one it is
   */
  call(connection: Socket, note: ConnectionNote): void {
    const { admission, work } = this.#settings;
    const admitted = admission.admit(connection);
    if (admitted instanceof Promise) {
      const handled = admitted.then((served) => this.#handle(connection, served, note));
      work.add(handled, (error) => this.#destroy(connection, error, note));
    } else {
      this.#handle(connection, admitted, note);
    }
  }

  /** Tells of what a handler has thrown or promised in vain. */
  fail(thrown: unknown, late?: LateFailure, note?: ConnectionNote): void {
    const error = toErrorRecord(thrown);
    const advice = late === 'work' ? undefined : adviceForFailure(this.#handler, error.message);
    this.#settings.onFailure(error, late, advice, note?.connectionId);
  }

  /** Most handlers return no promise, and then there is none to wait for. */
  #handle(connection: Socket, served: Socket | undefined, note: ConnectionNote): void {
    if (served === undefined) return;
    const { contexts, work } = this.#settings;
    try {
      const promised: unknown = this.#handler?.(served, contexts.open(connection, note));
      if (isPromise(promised))
        work.add(promised, (error) => this.#destroy(connection, error, note));
    } catch (error) {
      this.#destroy(connection, error, note);
    }
  }

  #destroy(connection: Socket, error: unknown, note: ConnectionNote): void {
    this.fail(error, connection.destroyed ? 'ended' : undefined, note);
    connection.destroy();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
