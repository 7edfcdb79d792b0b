/** How many calls of a thread may run in other threads at once; more wait. */
const MOST_RUNNING = 128;

/**
 * Starts calls that run in other threads, some at a time: backends fail, or start a
 * thread each, when there are more.
 */
export class CallQueue {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Runs a call as soon as it may; it settles as the call does. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running >= MOST_RUNNING) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else this.#running++;
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
