import type { MeasuredPool } from '../snapshot/pool-metrics.ts';
import { type FamiliesOptions, poolFamilies } from '../snapshot/pool-families.ts';
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
 */
export function answerScrape(
  pool: MeasuredPool,
  accept?: string,
  options: FamiliesOptions = {},
): MetricsReply {
  const format = negotiateFormat(accept);
  return {
    contentType: CONTENT_TYPES[format],
    body: metricsText(poolFamilies(pool.metrics(), options), format),
  };
}
