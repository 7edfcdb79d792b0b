/**
 * How fast a dead worker is replaced, and when the pool gives up. A worker that cannot be
 * spawned at all, because file descriptors, processes or memory ran out, is tried again by the same
 * delays, for as long as it takes.
 */
export interface RespawnOptions {
  /**
   * Upper bound of the delay before the first replacement, in milliseconds. It doubles with
   * each death in a row of a worker slot.
   * @default 100
   */
  readonly initialDelayMs?: number;
  /**
   * Upper bound of any delay, in milliseconds; of a worker that died after it had a
   * connection, a second at most.
   * @default 10_000
   */
  readonly maxDelayMs?: number;
  /**
   * Deaths in a row, each before the worker had a connection, that make a worker slot
   * broken. It is tried on while another slot is not broken; when all are, the pool closes with
   * `CrashLoopError`. `Infinity` never gives up.
   * @default 8
   */
  readonly maxConsecutiveCrashes?: number;
  /**
   * A worker that was ready for this long, or has served a connection to its end, has
   * proved itself: its death is the first of a new row. In milliseconds.
   * @default 30_000
   */
  readonly stableAfterMs?: number;
}

/**
 * Computes the delay before a replacement: exponential backoff with equal
 * jitter, half of it fixed and half random, so that workers that died together
 * do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015).
 *
 * @param crashes how many times in a row the worker has died, from 1
 * @param options bounds in milliseconds
 * @param random a source of numbers from 0 to 1, exclusive
 * @returns milliseconds to wait
 */
export function respawnDelayMs(
  crashes: number,
  options: Required<Pick<RespawnOptions, 'initialDelayMs' | 'maxDelayMs'>>,
  random: () => number = Math.random,
): number {
  // Past 31 doublings any delay is over the longest that a timer can wait.
  const doublings = Math.min(crashes - 1, 31);
  const ceiling = Math.min(options.maxDelayMs, options.initialDelayMs * 2 ** doublings);
  return ceiling / 2 + (ceiling / 2) * random();
}
