import type { RespawnOptions } from '../../options/workers/respawn-options.ts';

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
