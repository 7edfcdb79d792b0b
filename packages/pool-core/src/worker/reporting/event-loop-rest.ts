import process from 'node:process';

/** How often to look whether the event loop holds more than it always does, in milliseconds. */
const POLL_MS = 20;

/** For how long it has to hold no more, in milliseconds: not everything that it waits for is listed. */
const QUIET_MS = 250;

/** The line to the primary, which keeps the event loop alive by itself. */
export interface PrimaryLine {
  ref(): void;
  unref(): void;
}

/**
 * Finds out when a worker has done what nobody has told of: a hook that writes to a database
 * after the reply, an asynchronous listener of a signal.
 *
 * That is when its event loop is empty, at once. Where the handler module holds something for
 * good, such as an interval or a connection to a database, it is when the event loop has held
 * no more than when the module was loaded, for a quarter of a second.
 */
export class EventLoopRest {
  readonly #line: PrimaryLine;
  #held: ReadonlyMap<string, number> = new Map();

  /** @param line does not count */
  constructor(line: PrimaryLine) {
    this.#line = line;
  }

  /** Says whether the line keeps the event loop alive. */
  keepAlive(keeps: boolean): void {
    if (keeps) this.#line.ref();
    else this.#line.unref();
  }

  /** Takes note of what the event loop holds before any work has come. */
  noteHeld(): void {
    this.#line.unref();
    this.#held = countResources();
    this.#line.ref();
  }

  /**
   * Waits until the work is done.
   *
   * @param limitMs the longest wait, in milliseconds
   */
  async rested(limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let quietSinceMs = Infinity;
    const poll = setInterval(() => {
      const nowMs = performance.now();
      quietSinceMs = this.#holdsMore() ? Infinity : Math.min(quietSinceMs, nowMs);
      if (nowMs - quietSinceMs >= QUIET_MS) resolve();
    }, POLL_MS).unref();
    const limit = setTimeout(resolve, limitMs).unref();
    process.once('beforeExit', resolve);
    this.#line.unref();
    try {
      await promise;
    } finally {
      clearInterval(poll);
      clearTimeout(limit);
      process.off('beforeExit', resolve);
      this.#line.ref();
    }
  }

  #holdsMore(): boolean {
    return [...countResources()].some(([name, count]) => count > (this.#held.get(name) ?? 0));
  }
}

/** What keeps the event loop alive, by kind. */
function countResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
