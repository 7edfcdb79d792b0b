/**
 * Tells of what changes often: at once when it has not changed for a while, then at most once an
 * interval.
 */
export class Throttle {
  readonly #tell: () => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #due = false;
  #stopped = false;

  /**
   * @param tell tells of everything that has changed
   * @param intervalMs the shortest time between two calls of it, in milliseconds
   */
  constructor(tell: () => void, intervalMs: number) {
    this.#tell = tell;
    this.#intervalMs = intervalMs;
  }

  /** Something has changed. */
  changed(): void {
    if (this.#stopped) return;
    if (this.#timer !== undefined) {
      this.#due = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#due) return;
      this.#due = false;
      this.changed();
    }, this.#intervalMs).unref();
    this.#tell();
  }

  /** Tells nothing any more. Idempotent. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
