import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  JsHistogram,
} from 'hdr-histogram-js';
import { countsIndex, toHdrHistogram, type CountsSnapshot } from './latency-counts.ts';

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

/** Returns a percentile of a histogram, in milliseconds. */
export function percentileMs(
  histogram: { getValueAtPercentile(percentile: number): number },
  percentile: number,
  { count, maxNs }: Pick<CountsSnapshot, 'count' | 'maxNs'>,
): number {
  // The highest value of a bucket can lie above the largest value that was recorded.
  return count === 0 ? 0 : Math.min(histogram.getValueAtPercentile(percentile), maxNs) / 1e6;
}

/** Returns the percentiles of a histogram. */
export function percentilesOf(snapshot: CountsSnapshot): LatencyPercentiles {
  const histogram = toHdrHistogram(snapshot);
  return {
    count: snapshot.count,
    p50Ms: percentileMs(histogram, 50, snapshot),
    p90Ms: percentileMs(histogram, 90, snapshot),
    p99Ms: percentileMs(histogram, 99, snapshot),
    maxMs: snapshot.maxNs / 1e6,
  };
}

/** Summarizes a histogram. */
export function summarizeLatency(snapshot: CountsSnapshot): LatencySummary {
  const histogram = toHdrHistogram(snapshot);
  const { count, minNs, maxNs } = snapshot;
  const at = (percentile: number): number => percentileMs(histogram, percentile, snapshot);
  return {
    count,
    minMs: minNs / 1e6,
    meanMs: count === 0 ? 0 : snapshot.sumNs / count / 1e6,
    stdDevMs: count === 0 ? 0 : histogram.stdDeviation / 1e6,
    maxMs: maxNs / 1e6,
    p50Ms: at(50),
    p75Ms: at(75),
    p90Ms: at(90),
    p95Ms: at(95),
    p99Ms: at(99),
    p999Ms: at(99.9),
    p9999Ms: at(99.99),
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/**
 * Returns the counts that a summary was made of, so that summaries can be added.
 *
 * @throws {TypeError} when its histogram can't be decoded.
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

/**
 * Decodes the histogram of a summary.
 *
 * @throws {TypeError} when it is none.
 */
export function decodeHistogram(base64: string): JsHistogram {
  let histogram: unknown;
  try {
    histogram = decodeFromCompressedBase64(base64);
  } catch (error) {
    throw new TypeError('Cannot decode a histogram of the result', { cause: error });
  }
  if (histogram instanceof JsHistogram) return histogram;
  throw new TypeError('Cannot decode a histogram of the result');
}
