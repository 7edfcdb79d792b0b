/**
 * What a worker's program imports: adds metrics of its own to those of the pool.
 *
 * @module
 */
export {
  exposeMetrics,
  type MetricReaderLike,
  type RegistryLike,
} from './measuring/exposed-metrics.ts';
