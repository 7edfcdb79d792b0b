import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  JsHistogram,
} from 'hdr-histogram-js';
import {
  LatencyCounts,
  countsIndex,
  standardDeviation,
  toHdrHistogram,
  valueAtPercentile,
  type CountsSnapshot,
} from './latency-counts.ts';

/** Percentiles of times, in milliseconds with three significant digits; 0 when there are none. */
export interface LatencyPercentiles {
  /** How many times were recorded. */
  readonly count: number;
  /** The time within which 50 % lie. */
  readonly p50Ms: number;
  /** The time within which 90 % lie. */
  readonly p90Ms: number;
  /** The time within which 99 % lie. */
  readonly p99Ms: number;
  /** The longest time, exact to the nanosecond. */
  readonly maxMs: number;
}

/** What a histogram of times says; every time is in milliseconds. */
export interface LatencySummary extends LatencyPercentiles {
  /** The shortest time, exact to the nanosecond. */
  readonly minMs: number;
  /** The arithmetic mean of the times as they were recorded. */
  readonly meanMs: number;
  /** The standard deviation, from the histogram's three significant digits. */
  readonly stdDevMs: number;
  /** The time within which 75 % lie. */
  readonly p75Ms: number;
  /** The time within which 95 % lie. */
  readonly p95Ms: number;
  /** The time within which 99.9 % lie. */
  readonly p999Ms: number;
  /** The time within which 99.99 % lie. */
  readonly p9999Ms: number;
  /** The whole histogram, in nanoseconds: HdrHistogram V2, compressed, in base64. */
  readonly histogram: string;
}

/** Returns the percentiles of a histogram. */
export function percentilesOf(snapshot: CountsSnapshot): LatencyPercentiles {
  return {
    count: snapshot.count,
    p50Ms: valueAtPercentile(snapshot, 50) / 1e6,
    p90Ms: valueAtPercentile(snapshot, 90) / 1e6,
    p99Ms: valueAtPercentile(snapshot, 99) / 1e6,
    maxMs: snapshot.maxNs / 1e6,
  };
}

/** Summarizes a histogram. */
export function summarizeLatency(snapshot: CountsSnapshot): LatencySummary {
  const { count, minNs, sumNs } = snapshot;
  return {
    ...percentilesOf(snapshot),
    minMs: minNs / 1e6,
    meanMs: count === 0 ? 0 : sumNs / count / 1e6,
    stdDevMs: standardDeviation(snapshot) / 1e6,
    p75Ms: valueAtPercentile(snapshot, 75) / 1e6,
    p95Ms: valueAtPercentile(snapshot, 95) / 1e6,
    p999Ms: valueAtPercentile(snapshot, 99.9) / 1e6,
    p9999Ms: valueAtPercentile(snapshot, 99.99) / 1e6,
    histogram: encodeIntoCompressedBase64(toHdrHistogram(snapshot)),
  };
}

/**
 * Returns the counts that a summary was made of, so that summaries can be added.
 *
 * @throws {TypeError} when its histogram can't be decoded
 */
export function countsOf(summary: LatencySummary): CountsSnapshot {
  const histogram = decodeHistogram(summary.histogram);
  const indexes: number[] = [];
  const counts: number[] = [];
  const last = Math.min(countsIndex(histogram.maxValue), histogram.countsArrayLength - 1);
  for (let index = 0; index <= last; index += 1) {
    const count = histogram.getCountAtIndex(index);
    if (count > 0) {
      indexes.push(index);
      counts.push(count);
    }
  }
  return {
    indexes: Uint32Array.from(indexes),
    counts: Float64Array.from(counts),
    count: histogram.totalCount,
    sumNs: summary.meanMs * summary.count * 1e6,
    minNs: Math.round(summary.minMs * 1e6),
    maxNs: Math.round(summary.maxMs * 1e6),
  };
}

/** Adds summaries exactly, bucket by bucket: the percentiles are those of all times together. */
export function mergeLatency(summaries: readonly LatencySummary[]): LatencySummary {
  const counts = new LatencyCounts();
  for (const summary of summaries) counts.add(countsOf(summary));
  return summarizeLatency(counts.snapshot());
}

/** Returns how many times of a summary are longer than a limit, to its three significant digits. */
export function countAbove(summary: LatencySummary, limitMs: number): number {
  const { indexes, counts, maxNs } = countsOf(summary);
  if (maxNs <= limitMs * 1e6) return 0;
  const limit = countsIndex(Math.min(Math.round(limitMs * 1e6), maxNs));
  return indexes.reduce(
    (sum, index, position) => (index > limit ? sum + (counts[position] ?? 0) : sum),
    0,
  );
}

/**
 * Decodes the histogram of a summary.
 *
 * @throws {TypeError} when it is none
 */
function decodeHistogram(base64: string): JsHistogram {
  let histogram: unknown;
  try {
    histogram = decodeFromCompressedBase64(base64);
  } catch (error) {
    throw new TypeError(
      'Cannot decode a histogram of the result: it is not base64 of HdrHistogram',
      {
        cause: error,
      },
    );
  }
  if (histogram instanceof JsHistogram) return histogram;
  throw new TypeError('Cannot decode a histogram of the result: it is not base64 of HdrHistogram');
}
