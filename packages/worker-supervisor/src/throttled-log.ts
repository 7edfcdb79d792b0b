import type { Logger } from './connection-handler.ts';

/** Shortest time between two entries, in milliseconds. */
const INTERVAL_MS = 10_000;

/** Warns of what may happen once for every connection, without flooding the log. */
export class ThrottledLog {
  readonly #logger: Logger;
  #lastAtMs = -Infinity;
  #suppressed = 0;

  /** @param logger gets an entry at once, then at most one every 10 seconds */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Writes an entry if the last one is long enough ago, and counts it if not; the next one
   * that is written says in `suppressed` how many were not.
   */
  say(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const now = performance.now();
    if (now - this.#lastAtMs < INTERVAL_MS) {
      this.#suppressed += 1;
      return;
    }
    const suppressed = this.#suppressed;
    this.#lastAtMs = now;
    this.#suppressed = 0;
    this.#logger.warn(message, suppressed > 0 ? { ...fields, suppressed } : fields);
  }
}
