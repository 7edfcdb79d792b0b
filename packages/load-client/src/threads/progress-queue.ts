/** So many events wait at most for somebody to take them. */
const CAPACITY = 60;

/** A queue of events that can be iterated over; the oldest are dropped when nobody takes them. */
export class ProgressQueue<T> implements AsyncIterable<T> {
  readonly #events: T[] = [];
  #ended = false;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  /** Adds an event. */
  push(event: T): void {
    this.#events.push(event);
    if (this.#events.length > CAPACITY) this.#events.shift();
    this.#wake.resolve();
  }

  /** Ends the iterations when all events are taken. */
  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else {
        await this.#wake.promise;
        if (!this.#ended) this.#wake = Promise.withResolvers<void>();
      }
    }
  }
}
