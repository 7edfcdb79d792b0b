/**
 * Tells the time of the machine's monotonic clock, in milliseconds: the same in all its processes
 * and threads, from an origin that nobody knows. It does not follow when the wall clock is set.
 */
export function monotonicNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
