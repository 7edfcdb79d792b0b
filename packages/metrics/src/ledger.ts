/**
 * What a primary keeps of what its workers have measured, for makers of pools.
 *
 * @module
 */
export {
  DELAY_BOUNDARIES,
  DurationHistogram,
  HISTOGRAM_BOUNDARIES,
  type HistogramCounts,
} from './families/duration-histogram.ts';
export { type LedgerWorker, MetricsLedger, totalOf } from './snapshot/metrics-ledger.ts';
