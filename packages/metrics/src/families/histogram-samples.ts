import type { MetricSample } from './metric-family.ts';

/** A histogram before it has names. */
export interface HistogramFigures {
  readonly boundaries: readonly number[];
  /** Of each bucket for itself; what is larger than the last boundary may be missing. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/**
 * Writes a histogram as the series of Prometheus: buckets that count what is below as well, the sum
 * and the count.
 *
 * @param base the histogram's name
 * @param labels of each series
 * @param figures the histogram
 */
export function histogramSamples(
  base: string,
  labels: Readonly<Record<string, string | number>>,
  { boundaries, counts, sum, count }: HistogramFigures,
): MetricSample[] {
  let below = 0;
  const metricName = `${base}_bucket`;
  const buckets = boundaries.map((le, bucket) => {
    below += counts[bucket] ?? 0;
    return { metricName, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${base}_sum`, labels, value: sum },
    { metricName: `${base}_count`, labels, value: count },
  ];
}
