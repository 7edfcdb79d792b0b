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
