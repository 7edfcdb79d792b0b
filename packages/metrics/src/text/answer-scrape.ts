import type { MeasuredPool } from '../snapshot/pool-metrics.ts';
import {
  type FamiliesOptions,
  requireMeasuredPool,
  resolveFamiliesOptions,
} from '../snapshot/families-options.ts';
import { writeFamilies } from '../snapshot/pool-families.ts';
import { negotiateFormat } from './negotiate-format.ts';
import { CONTENT_TYPES, metricsText } from './prometheus-text.ts';

/** What a scrape is answered with. */
export interface MetricsReply {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Answers a scrape with the metrics of a pool. It waits for no worker: what it tells of a worker that
 * hangs is what that worker last told.
 *
 * @param pool the pool
 * @param accept the scraper's header `Accept`; OpenMetrics, with exemplars, for those that ask for it
 * @param options how
 * @throws {TypeError} when `pool` is no pool, or an option is unknown or no boolean
 */
export function answerScrape(
  pool: MeasuredPool,
  accept?: string,
  options: FamiliesOptions = {},
): MetricsReply {
  const resolved = resolveFamiliesOptions(options, 'answerScrape()');
  const metrics = requireMeasuredPool(pool, 'answerScrape()').metrics();
  const format = negotiateFormat(accept);
  return {
    contentType: CONTENT_TYPES[format],
    body: metricsText(writeFamilies(metrics, resolved), format),
  };
}
