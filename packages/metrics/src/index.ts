/**
 * Metrics of a pool and of what runs in its workers, for Prometheus, prom-client and OpenTelemetry.
 *
 * @module
 */
export { type CollectionResult, PoolMetricProducer } from './bridges/pool-metric-producer.ts';
export { type MetricRegistry, registerIn } from './bridges/register-in.ts';
export type {
  MetricAggregator,
  MetricExemplar,
  MetricFamily,
  MetricSample,
  MetricType,
} from './families/metric-family.ts';
export {
  CONNECTION_BOUNDARIES,
  DELAY_BOUNDARIES,
  HISTOGRAM_BOUNDARIES,
  type HistogramBoundaries,
  type HistogramCounts,
  PAUSE_BOUNDARIES,
  REQUEST_BOUNDARIES,
} from './families/duration-histogram.ts';
export type { RequestCounts } from './measuring/http-requests.ts';
export { addBuckets, bucketsSince, type Buckets, countOf, quantile } from './measuring/quantile.ts';
export type { WorkerMeasures, WorkerSums } from './measuring/worker-measures.ts';
export type { FamiliesOptions } from './snapshot/families-options.ts';
export { poolFamilies } from './snapshot/pool-families.ts';
export type {
  MeasuredPool,
  PoolMetrics,
  SlotMetrics,
  SlotSums,
  WorkerMetrics,
} from './snapshot/pool-metrics.ts';
export { negotiateFormat } from './text/negotiate-format.ts';
export { answerScrape, type MetricsReply } from './text/answer-scrape.ts';
export { CONTENT_TYPES, metricsText, type TextFormat } from './text/prometheus-text.ts';
