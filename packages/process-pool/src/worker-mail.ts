import type { WorkerMessage } from '@sockpool/pool-core/worker';

/**
 * What a worker process tells its primary, in order. That a connection has closed waits for the next
 * message, or until the event loop has turned once more: each message that is sent is a write
 * here and a read there, which take longer than the rest of what a short connection costs the primary.
 */
export class WorkerMail {
  readonly #transmit: (messages: readonly WorkerMessage[], done?: () => void) => boolean;
  #closed: WorkerMessage[] = [];
  #flushing: NodeJS.Immediate | undefined;

  /** @param transmit sends messages at once, and returns whether it could */
  constructor(transmit: (messages: readonly WorkerMessage[], done?: () => void) => boolean) {
    this.#transmit = transmit;
  }

  /**
   * Sends a message, with what waits before it.
   *
   * @param message what to say
   * @param done called when it is on its way
   * @returns whether it could be sent, or waits
   */
  send(message: WorkerMessage, done?: () => void): boolean {
    if (message.type === 'closed') {
      this.#closed.push(message);
      this.#flushing ??= setImmediate(() => this.flush());
      return true;
    }
    if (this.#closed.length === 0) return this.#transmit([message], done);
    return this.#transmit([...this.#take(), message], done);
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#closed.length > 0) this.#transmit(this.#take());
  }

  #take(): readonly WorkerMessage[] {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }
}
