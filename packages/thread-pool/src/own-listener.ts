import type { Server } from 'node:net';
import { receiveMessageOnPort } from 'node:worker_threads';
import {
  type ConnectionOptions,
  type ListenerEvents,
  ParkableListener,
  serverOptions,
  type WorkerListener,
} from '@sockpool/pool-core/worker';

/** A listener of a thread that accepts by itself: arrives parked, at any time, or never. */
export class OwnListener {
  /** Resolves when the listener is there, parked, or when none is needed any more. */
  readonly opened: Promise<WorkerListener>;
  readonly #opened = Promise.withResolvers<WorkerListener>();
  readonly #listener: ParkableListener;
  readonly #backlog: number;

  constructor(connection: Required<ConnectionOptions>, backlog: number, events: ListenerEvents) {
    this.#listener = new ParkableListener(
      serverOptions(connection, false),
      events,
      receiveMessageOnPort,
    );
    this.#backlog = backlog;
    // What parking needs.
    this.#listener.prepare();
    this.opened = this.#opened.promise;
    // A worker that is told to leave before it listens never looks at it.
    this.opened.catch(() => undefined);
  }

  /** Takes a listener that has just arrived, and parks it before it can accept. */
  adopt(server: Server): void {
    if (!this.#listener.prepare()) {
      server.close();
      this.fail('Cannot park a listener: EMFILE');
      return;
    }
    this.#listener.adopt(server, this.#backlog);
    this.#listener.park();
    this.#opened.resolve(this.#listener);
  }

  /** Gives up: none will arrive. */
  fail(reason: string): void {
    this.#opened.reject(new Error(reason));
  }

  /** Closes it, now or when it arrives. Idempotent. */
  close(): void {
    this.#listener.close();
    this.#opened.resolve(this.#listener);
  }
}
