import { type MetricFamily, type MetricSample, seriesKey } from '../families/metric-family.ts';
import { CUMULATIVE, DATA_POINT_TYPE } from '../families/from-open-telemetry.ts';

/** A time as OpenTelemetry has it: seconds since the epoch, and nanoseconds. */
export type HrTime = [seconds: number, nanoseconds: number];

/** A metric as OpenTelemetry's SDK exports it. */
export interface MetricData {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly type: string;
    readonly valueType: number;
    readonly advice: object;
  };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly DataPoint[];
}

/** A value of a metric as OpenTelemetry's SDK exports it. */
export interface DataPoint {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly value: unknown;
}

/** When what is exported was counted. */
export interface Period {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** A metric before it has times. */
export interface MetricDraft {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram';
  readonly points: readonly {
    readonly attributes: Readonly<Record<string, string | number>>;
    readonly value: number | HistogramPoint;
  }[];
}

/** A histogram as OpenTelemetry's SDK exports it. */
export interface HistogramPoint {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly sum: number;
  readonly count: number;
}

const INSTRUMENTS = {
  counter: 'OBSERVABLE_COUNTER',
  upDownCounter: 'OBSERVABLE_UP_DOWN_COUNTER',
  gauge: 'OBSERVABLE_GAUGE',
  histogram: 'HISTOGRAM',
} as const;

/** OpenTelemetry's `ValueType.DOUBLE`. */
const DOUBLE = 1;

/**
 * Makes a metric as OpenTelemetry's SDK exports it.
 *
 * @param draft the metric
 * @param period when it was counted
 */
export function metricData(draft: MetricDraft, { startTime, endTime }: Period): MetricData {
  const { name, description, unit, kind, points } = draft;
  return {
    descriptor: { name, description, unit, type: INSTRUMENTS[kind], valueType: DOUBLE, advice: {} },
    aggregationTemporality: CUMULATIVE,
    dataPointType:
      kind === 'histogram'
        ? DATA_POINT_TYPE.histogram
        : kind === 'gauge'
          ? DATA_POINT_TYPE.gauge
          : DATA_POINT_TYPE.sum,
    ...((kind === 'counter' || kind === 'upDownCounter') && { isMonotonic: kind === 'counter' }),
    dataPoints: points.map(({ attributes, value }) => ({ startTime, endTime, attributes, value })),
  };
}

/**
 * Makes the metrics of OpenTelemetry out of one of Prometheus. A summary becomes a gauge of its
 * quantiles and two counters.
 *
 * @param family the metric
 * @param rename what it is called there, with its unit
 * @param attributeNames what its labels are called there
 */
export function draftsOf(
  family: MetricFamily,
  rename: { readonly name: string; readonly unit: string },
  attributeNames: Readonly<Record<string, string>> = {},
): MetricDraft[] {
  const { help: description, type } = family;
  const base = { ...rename, description };
  const attributesOf = (
    labels: MetricSample['labels'],
  ): Readonly<Record<string, string | number>> =>
    Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [attributeNames[name] ?? name, value]),
    );
  const plain = (samples: readonly MetricSample[]): MetricDraft['points'] =>
    samples.map(({ labels, value }) => ({ attributes: attributesOf(labels), value }));
  if (type === 'histogram') {
    const points = Array.from(histogramsOf(family), ({ labels, point }) => ({
      attributes: attributesOf(labels),
      value: point,
    }));
    return [{ ...base, kind: 'histogram', points }];
  }
  if (type === 'summary') {
    const named = (end: string): MetricSample[] =>
      family.values.filter(({ metricName }) => metricName === `${family.name}${end}`);
    const quantiles = family.values.filter(({ labels }) => 'quantile' in labels);
    return [
      { ...base, kind: 'gauge', points: plain(quantiles) },
      { ...base, name: `${rename.name}.sum`, kind: 'counter', points: plain(named('_sum')) },
      {
        ...base,
        name: `${rename.name}.count`,
        unit: '',
        kind: 'counter',
        points: plain(named('_count')),
      },
    ];
  }
  return [
    { ...base, kind: type === 'counter' ? 'counter' : 'gauge', points: plain(family.values) },
  ];
}

/** Puts the series of histograms together again, with buckets for themselves. */
function histogramsOf(
  family: MetricFamily,
): Iterable<{ readonly labels: MetricSample['labels']; readonly point: HistogramPoint }> {
  const histograms = new Map<
    string,
    { labels: MetricSample['labels']; bounds: [number, number][]; sum: number; count: number }
  >();
  for (const { metricName, labels, value } of family.values) {
    const { le, ...others } = labels;
    const key = seriesKey({ labels: others, value: 0 });
    let histogram = histograms.get(key);
    if (histogram === undefined) {
      histogram = { labels: others, bounds: [], sum: 0, count: 0 };
      histograms.set(key, histogram);
    }
    if (metricName === `${family.name}_sum`) histogram.sum = value;
    else if (metricName === `${family.name}_count`) histogram.count = value;
    else if (le !== undefined && le !== '+Inf') histogram.bounds.push([Number(le), value]);
  }
  return Array.from(histograms.values(), ({ labels, bounds, sum, count }) => {
    bounds.sort(([left], [right]) => left - right);
    let below = 0;
    const counts = [...bounds.map(([, cumulative]) => cumulative), count].map((cumulative) => {
      const own = cumulative - below;
      below = cumulative;
      return own;
    });
    const boundaries = bounds.map(([le]) => le);
    return { labels, point: { buckets: { boundaries, counts }, sum, count } };
  });
}
