import {
  type MetricExemplar,
  type MetricFamily,
  type MetricSample,
  seriesKey,
} from './metric-family.ts';

/** A series while it is merged. */
interface Merged {
  readonly sample: MetricSample;
  value: number;
  count: number;
  exemplar: MetricExemplar | undefined;
}

/** A family while it is merged. */
interface MergedFamily {
  readonly first: MetricFamily;
  readonly series: Map<string, Merged>;
  /** Whether its buckets are no longer in order, since workers have different ones. */
  mixed: boolean;
}

/**
 * Merges the metrics of several workers into those of all.
 *
 * Counters and histograms are added. Gauges follow their `aggregator`. Quantiles of a summary cannot
 * be merged, so that the largest one stands for all. A histogram whose workers have other buckets
 * gets the buckets of all of them. Of several exemplars the newest one is kept. A family that another
 * worker knows with another type is left out.
 *
 * @param sources the families of each worker, by the worker's id; `first` takes the first one
 */
export function mergeFamilies(sources: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const families = new Map<string, MergedFamily>();
  for (const source of sources) {
    for (const family of source) {
      if (family.aggregator === 'omit') continue;
      let merged = families.get(family.name);
      if (merged === undefined) {
        merged = { first: family, series: new Map(), mixed: false };
        families.set(family.name, merged);
      }
      if (merged.first.type === family.type) addFamily(merged, family);
    }
  }
  return Array.from(families.values(), ({ first, series, mixed }) => {
    const values = Array.from(series.values(), (merged) => toSample(merged, first));
    return { ...first, values: mixed ? inOrder(values) : values };
  });
}

/**
 * Keeps what outlives a worker: what it has counted, and not what it was at its end.
 *
 * @param families the worker's last ones
 */
export function lastingFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  return families.flatMap((family) => {
    if (family.type === 'counter' || family.type === 'histogram') return family;
    if (family.type !== 'summary') return [];
    return { ...family, values: family.values.filter(({ labels }) => !('quantile' in labels)) };
  });
}

function addFamily(merged: MergedFamily, family: MetricFamily): void {
  const samples = family.type === 'histogram' ? withBucketsOf(merged, family) : family.values;
  for (const sample of samples) {
    const key = seriesKey(sample);
    const known = merged.series.get(key);
    if (known === undefined) {
      const { value, exemplar } = sample;
      merged.series.set(key, { sample, value, count: 1, exemplar });
      continue;
    }
    known.value = combine(known.value, sample.value, aggregatorOf(family, sample));
    known.count += 1;
    known.exemplar = newer(known.exemplar, sample.exemplar);
  }
}

function aggregatorOf({ type, aggregator }: MetricFamily, sample: MetricSample): string {
  if (type === 'counter' || type === 'histogram') return 'sum';
  if (type === 'summary') return 'quantile' in sample.labels ? 'max' : 'sum';
  return aggregator;
}

function combine(left: number, right: number, aggregator: string): number {
  if (aggregator === 'first') return left;
  if (aggregator === 'min') return Math.min(left, right);
  if (aggregator === 'max') return Math.max(left, right);
  return left + right;
}

function newer(
  left: MetricExemplar | undefined,
  right: MetricExemplar | undefined,
): MetricExemplar | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return (right.timestamp ?? 0) >= (left.timestamp ?? 0) ? right : left;
}

function toSample(merged: Merged, { type, aggregator }: MetricFamily): MetricSample {
  const { sample, value, count, exemplar } = merged;
  const averages = aggregator === 'average' && (type === 'gauge' || type === 'untyped');
  return {
    ...(sample.metricName !== undefined && { metricName: sample.metricName }),
    labels: sample.labels,
    value: averages ? value / count : value,
    ...(exemplar !== undefined && { exemplar }),
  };
}

/** The buckets of one histogram, whatever its other labels are, from the lowest. */
type Buckets = Map<number, MetricSample>;

/**
 * Gives both sides of a merge the same buckets. A bucket that one side does not have holds what its
 * next lower one holds, which is at most what is true, so that buckets never fall.
 */
function withBucketsOf(merged: MergedFamily, family: MetricFamily): readonly MetricSample[] {
  const here = bucketsOf(family.values);
  const there = bucketsOf(Array.from(merged.series.values(), ({ sample }) => sample));
  let added: MetricSample[] | undefined;
  for (const [key, buckets] of here) {
    const others = there.get(key);
    if (others === undefined || sameBounds(buckets, others)) continue;
    added ??= [];
    merged.mixed = true;
    added.push(...missing(buckets, others, (sample) => sample.value));
    const fills = missing(others, buckets, (sample) => {
      return merged.series.get(seriesKey(sample))?.value ?? 0;
    });
    for (const sample of fills) {
      merged.series.set(seriesKey(sample), {
        sample,
        value: sample.value,
        count: 1,
        exemplar: undefined,
      });
    }
  }
  return added === undefined ? family.values : [...family.values, ...added];
}

function bucketsOf(samples: readonly MetricSample[]): Map<string, Buckets> {
  const histograms = new Map<string, Buckets>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    if (le === undefined) continue;
    const key = seriesKey({ labels, value: 0 });
    const buckets: Buckets = histograms.get(key) ?? new Map<number, MetricSample>();
    histograms.set(key, buckets.set(bound(le), sample));
  }
  return histograms;
}

/** Puts the buckets of each histogram in order, its sum and its count after them. */
function inOrder(samples: readonly MetricSample[]): MetricSample[] {
  const groups = new Map<string, number>();
  const placed = samples.map((sample) => {
    const { le, ...labels } = sample.labels;
    const key = seriesKey({ labels, value: 0 });
    const group = groups.get(key) ?? groups.size;
    groups.set(key, group);
    return {
      sample,
      group,
      le: le === undefined ? Infinity : bound(le),
      isBucket: le !== undefined,
    };
  });
  placed.sort(
    (left, right) =>
      left.group - right.group ||
      Number(right.isBucket) - Number(left.isBucket) ||
      (left.isBucket ? left.le - right.le : 0),
  );
  return placed.map(({ sample }) => sample);
}

function sameBounds(left: Buckets, right: Buckets): boolean {
  return left.size === right.size && [...left.keys()].every((le) => right.has(le));
}

/** The buckets that `wanted` has and `present` has not, each with what is below it in `present`. */
function missing(
  present: Buckets,
  wanted: Buckets,
  valueOf: (sample: MetricSample) => number,
): MetricSample[] {
  const bounds = [...present.keys()].toSorted((left, right) => left - right);
  return Array.from(wanted).flatMap(([le, { metricName, labels }]) => {
    if (present.has(le)) return [];
    const below = present.get(bounds.findLast((lower) => lower < le) ?? NaN);
    const value = below === undefined ? 0 : valueOf(below);
    return metricName === undefined ? { labels, value } : { metricName, labels, value };
  });
}

function bound(le: string | number): number {
  return le === '+Inf' ? Infinity : Number(le);
}
