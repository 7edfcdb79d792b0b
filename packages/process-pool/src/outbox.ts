import type { Socket } from 'node:net';
import type { PendingHandoffs } from './pending-handoffs.ts';
import type { ToWorker } from './worker-channel.ts';

/** How many connections Node is given at a time: one that is on its way, and the next one. */
const AT_A_TIME = 2;

interface Letter {
  readonly message: ToWorker;
  readonly connection: Socket | undefined;
}

/**
 * What a worker process is to be sent, in order. Node sends a connection only when the one before is
 * acknowledged, and at each acknowledgement puts all that wait into a new queue: of a thousand that
 * come at once, each would be queued hundreds of times. So all but a few wait here.
 */
export class Outbox {
  readonly #handoffs: Pick<PendingHandoffs, 'add' | 'count'>;
  readonly #transmit: (message: ToWorker, connection: Socket | undefined) => void;
  readonly #waiting: Letter[] = [];

  /**
   * @param handoffs counts the connections that were sent and are not answered
   * @param transmit sends something at once
   */
  constructor(
    handoffs: Pick<PendingHandoffs, 'add' | 'count'>,
    transmit: (message: ToWorker, connection: Socket | undefined) => void,
  ) {
    this.#handoffs = handoffs;
    this.#transmit = transmit;
  }

  /** Sends something as soon as what came before it is on its way. */
  add(message: ToWorker, connection?: Socket): void {
    if (this.#waiting.length > 0 || !this.#mayGo(message)) {
      this.#waiting.push({ message, connection });
    } else {
      this.#send(message, connection);
    }
  }

  /** Sends what may go now; to be called when the worker may have answered. */
  flush(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (!this.#mayGo(next.message)) return;
      this.#waiting.shift();
      this.#send(next.message, next.connection);
    }
  }

  /** Takes back the connections that wait, and returns their ids. */
  takeBack(): number[] {
    const taken: number[] = [];
    const others = this.#waiting.filter(({ message }) => {
      if (message.type === 'connection') taken.push(message.connectionId);
      return message.type !== 'connection';
    });
    this.#waiting.splice(0, Infinity, ...others);
    return taken;
  }

  /** Forgets what waits: the worker is gone. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #mayGo({ type }: ToWorker): boolean {
    return type !== 'connection' || this.#handoffs.count < AT_A_TIME;
  }

  #send(message: ToWorker, connection: Socket | undefined): void {
    this.#transmit(message, connection);
    if (message.type === 'connection') this.#handoffs.add(message.connectionId);
  }
}
