/** What a metric measures, in the words of Prometheus. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** How the values of several workers become one. */
export type MetricAggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

/** One observation that stands for many, such as with the trace of a slow request. */
export interface MetricExemplar {
  readonly labelSet: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** One value of a metric. */
export interface MetricSample {
  /** Its own name, where it is not the metric's: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly exemplar?: MetricExemplar;
}

/**
 * One metric with its values: plain data that survives JSON. It has the shape of what
 * `getMetricsAsJSON()` of prom-client gives, with buckets that count what is below as well.
 */
export interface MetricFamily {
  /** The name in Prometheus, `_total` of counters included. */
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: MetricAggregator;
  readonly values: readonly MetricSample[];
  /** What OpenTelemetry calls it, where that is known. */
  readonly openTelemetry?: { readonly name: string; readonly unit: string };
}

/**
 * Names a series within a family: its own name and its labels, in no order.
 *
 * @param sample a value of the series
 */
export function seriesKey({ metricName = '', labels }: MetricSample): string {
  const names = Object.keys(labels);
  if (names.length === 0) return metricName;
  if (names.length > 1) names.sort();
  return `${metricName}${JSON.stringify(names.map((name) => [name, String(labels[name])]))}`;
}
