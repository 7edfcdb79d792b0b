import { requireInteger, requireKnownOptions, requireMethods } from '@sockpool/option-checks';
import type { Disruption } from './disruption.ts';

/** What a pool must be able to do; `ProcessPool` and `ThreadPool` of sockpool are such pools. */
export interface DisruptablePool {
  /** Replaces every worker. */
  restart(): Promise<unknown>;
  /** Changes the number of workers. */
  resize(workers: number): Promise<unknown>;
}

/** How often a pool is disturbed. */
export interface PoolDisruptionOptions {
  /**
   * How many times it is restarted.
   * @default 20
   */
  readonly restarts?: number;
  /**
   * How many times it is resized.
   * @default 20
   */
  readonly resizes?: number;
  /**
   * The numbers of workers that the resizes go through, again and again.
   * @default [3, 2]
   */
  readonly sizes?: readonly number[];
}

/** Every option, for the check of their names. */
const KNOWN = Object.freeze({
  restarts: true,
  resizes: true,
  sizes: true,
} satisfies Record<keyof PoolDisruptionOptions, true>);

/**
 * Makes the disruptions of a pool: restarts and resizes by turns, then what is left of either.
 *
 * @param pool the pool
 * @param options how many of each
 * @throws {TypeError} when `pool` has no restart() or resize(), or an option is unknown
 * @throws {RangeError} when a number is not a whole one of 0 or more, or `sizes` is empty
 */
export function poolDisruptions(
  pool: DisruptablePool,
  options: PoolDisruptionOptions = {},
): Disruption[] {
  requireMethods('The pool of poolDisruptions()', pool, ['restart', 'resize'], 'a pool');
  requireKnownOptions(options, KNOWN, { of: 'poolDisruptions()' });
  const { restarts = 20, resizes = 20, sizes = [3, 2] } = options;
  requireInteger('restarts', restarts, { min: 0 });
  requireInteger('resizes', resizes, { min: 0 });
  if (sizes.length === 0) throw new RangeError('Option sizes must name at least one size, got []');
  const disruptions: Disruption[] = [];
  for (let round = 0; round < Math.max(restarts, resizes); round += 1) {
    const size = sizes[round % sizes.length] ?? 1;
    if (round < restarts) disruptions.push({ name: 'restart', run: () => pool.restart() });
    if (round < resizes) {
      disruptions.push({ name: `resize to ${size}`, run: () => pool.resize(size) });
    }
  }
  return disruptions;
}
