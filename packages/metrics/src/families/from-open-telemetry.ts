import { type HistogramFigures, histogramSamples } from './histogram-samples.ts';
import type { MetricFamily, MetricSample, MetricType } from './metric-family.ts';
import { labelName, prometheusName } from './metric-name.ts';

/** What a metric reader of OpenTelemetry's SDK collects, by its shape. */
export interface ResourceMetricsLike {
  readonly scopeMetrics: readonly {
    readonly scope: { readonly name: string };
    readonly metrics: readonly MetricDataLike[];
  }[];
}

/** One metric of OpenTelemetry's SDK, by its shape. */
export interface MetricDataLike {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
  };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly DataPointLike[];
}

interface DataPointLike {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/** OpenTelemetry's `DataPointType`. */
export const DATA_POINT_TYPE: Readonly<
  Record<'histogram' | 'exponentialHistogram' | 'gauge' | 'sum', number>
> = Object.freeze({
  histogram: 0,
  exponentialHistogram: 1,
  gauge: 2,
  sum: 3,
});

/** OpenTelemetry's `AggregationTemporality.CUMULATIVE`. */
export const CUMULATIVE = 1;

interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly sum?: number;
  readonly count: number;
}

interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

interface ExponentialValue {
  readonly sum?: number;
  readonly count: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
}

/**
 * Reads what a metric reader of OpenTelemetry has collected, with the names of Prometheus.
 *
 * @param resourceMetrics what was collected
 * @throws {TypeError} when the reader gives what has changed since the last time instead of sums,
 *   which cannot be merged
 */
export function fromOpenTelemetry(resourceMetrics: ResourceMetricsLike): MetricFamily[] {
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map(toFamily));
}

function toFamily(metric: MetricDataLike): MetricFamily {
  const { descriptor, dataPointType, isMonotonic, aggregationTemporality, dataPoints } = metric;
  const type = typeOf(dataPointType, isMonotonic);
  if (type !== 'gauge' && aggregationTemporality !== CUMULATIVE) {
    throw new TypeError(
      `Cannot merge metric '${descriptor.name}': its reader must use cumulative temporality, and uses delta`,
    );
  }
  const { name, description, unit } = descriptor;
  const kind = type === 'counter' || type === 'histogram' ? type : 'gauge';
  const base = prometheusName(name, unit, kind);
  return {
    name: base,
    help: description,
    type,
    aggregator: 'sum',
    values: dataPoints.flatMap((point) => toSamples(base, dataPointType, point)),
    openTelemetry: { name, unit },
  };
}

function typeOf(dataPointType: number, isMonotonic: boolean | undefined): MetricType {
  const { gauge, sum } = DATA_POINT_TYPE;
  if (dataPointType === gauge) return 'gauge';
  if (dataPointType === sum) return isMonotonic === true ? 'counter' : 'gauge';
  return 'histogram';
}

function toSamples(base: string, dataPointType: number, point: DataPointLike): MetricSample[] {
  const labels = toLabels(point.attributes);
  if (dataPointType === DATA_POINT_TYPE.histogram) {
    const { buckets, sum, count } = point.value as HistogramValue;
    return histogramSamples(base, labels, { ...buckets, sum: sum ?? 0, count });
  }
  if (dataPointType === DATA_POINT_TYPE.exponentialHistogram) {
    return histogramSamples(base, labels, explicit(point.value as ExponentialValue));
  }
  return Number.isFinite(point.value) ? [{ labels, value: point.value as number }] : [];
}

function toLabels(attributes: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const labels: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    labels[labelName(name)] =
      typeof value === 'object'
        ? JSON.stringify(value)
        : typeof value === 'number'
          ? value
          : String(value);
  }
  return labels;
}

/** Gives the buckets of an exponential histogram their boundaries. */
function explicit(value: ExponentialValue): HistogramFigures {
  const { scale, zeroCount, positive, sum, count } = value;
  const boundaries: number[] = [];
  const counts: number[] = [];
  if (zeroCount > 0) {
    boundaries.push(0);
    counts.push(zeroCount);
  }
  for (const [index, observed] of positive.bucketCounts.entries()) {
    boundaries.push(2 ** ((positive.offset + index + 1) * 2 ** -scale));
    counts.push(observed);
  }
  return { boundaries, counts, sum: sum ?? 0, count };
}
