import type { Server } from 'node:net';
import { receiveMessageOnPort } from 'node:worker_threads';
import {
  BurstListener,
  type ConnectionOptions,
  type ListenerEvents,
  serverOptions,
  type WorkerListener,
} from '@sockpool/pool-core/worker';

/** A listener of a thread that accepts by itself: arrives parked, at any time, or never. */
export class OwnListener {
  /** Resolves when the listener is there, parked, or when none is needed any more. */
  readonly opened: Promise<WorkerListener>;
  readonly #opened = Promise.withResolvers<WorkerListener>();
  readonly #listener: BurstListener;
  readonly #backlog: number;
  #adopted = false;

  /**
   * @param connection how connections are set up
   * @param backlog connections that may wait in the kernel
   * @param events what to do with what is accepted
   * @param askForMore asks the primary for more listeners on the same socket, if there may be any
   */
  constructor(
    connection: Required<ConnectionOptions>,
    backlog: number,
    events: ListenerEvents,
    askForMore: (() => void) | undefined,
  ) {
    this.#listener = new BurstListener({
      options: serverOptions(connection, false),
      events,
      receive: receiveMessageOnPort,
      askForMore,
    });
    this.#backlog = backlog;
    // What parking needs.
    this.#listener.prepare();
    this.opened = this.#opened.promise;
    // A worker that is told to leave before it listens never looks at it.
    this.opened.catch(() => undefined);
  }

  /** Takes a listener that has just arrived, and parks it before it can accept; more are spares. */
  adopt(server: Server): void {
    if (this.#adopted) {
      this.#listener.adopt(server, this.#backlog);
      return;
    }
    if (!this.#listener.prepare()) {
      server.close();
      this.fail('Cannot park a listener: EMFILE');
      return;
    }
    this.#adopted = true;
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
