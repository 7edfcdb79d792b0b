import {
  requireBoolean,
  requireKnownOptions,
  requireMethods,
  requireObject,
} from '@sockpool/option-checks';
import type { MeasuredPool } from './pool-metrics.ts';

/** How a pool's metrics are written. */
export interface FamiliesOptions {
  /**
   * Whether each worker slot has series of its own, with the label `worker`; otherwise there is one
   * series for the pool. Sums never fall in either case.
   * @default true
   */
  readonly byWorker?: boolean;
}

/** Every option, with its default. */
const DEFAULTS = Object.freeze({ byWorker: true } satisfies Required<FamiliesOptions>);

/**
 * Checks how metrics are to be written, and fills in what is not said.
 *
 * @param options what the caller gave
 * @param of whose options they are, such as `answerScrape()`
 * @throws {TypeError} when one is unknown, or no boolean
 */
export function resolveFamiliesOptions(
  options: FamiliesOptions,
  of: string,
): Required<FamiliesOptions> {
  requireKnownOptions(requireObject(`The options of ${of}`, options), DEFAULTS, { of });
  return {
    byWorker: requireBoolean('byWorker', options.byWorker ?? DEFAULTS.byWorker),
  };
}

/**
 * Checks that a pool is one.
 *
 * @param pool what the caller gave
 * @param of whose parameter it is, such as `answerScrape()`
 * @throws {TypeError} when it has no `metrics()`
 */
export function requireMeasuredPool(pool: MeasuredPool, of: string): MeasuredPool {
  return requireMethods(`The pool of ${of}`, pool, ['metrics'], 'a ProcessPool or a ThreadPool');
}
