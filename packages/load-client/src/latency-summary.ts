import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { toHdrHistogram, type CountsSnapshot } from './latency-counts.ts';

/** What a histogram of times says; every time is in milliseconds. */
export interface LatencySummary {
  /** How many times were recorded. */
  readonly count: number;
  /** The shortest time, exact to the nanosecond. */
  readonly minMs: number;
  /** The arithmetic mean of the recorded times. */
  readonly meanMs: number;
  /** The standard deviation, from the histogram's three significant digits. */
  readonly stdDevMs: number;
  /** The longest time, exact to the nanosecond. */
  readonly maxMs: number;
  /** The time within which 50 % lie; this and the following have three significant digits. */
  readonly p50Ms: number;
  /** The time within which 75 % lie. */
  readonly p75Ms: number;
  /** The time within which 90 % lie. */
  readonly p90Ms: number;
  /** The time within which 95 % lie. */
  readonly p95Ms: number;
  /** The time within which 99 % lie. */
  readonly p99Ms: number;
  /** The time within which 99.9 % lie. */
  readonly p999Ms: number;
  /** The time within which 99.99 % lie. */
  readonly p9999Ms: number;
  /** The whole histogram, in nanoseconds: HdrHistogram V2, compressed, in base64. */
  readonly histogram: string;
}

/** Summarizes a histogram. */
export function summarizeLatency(snapshot: CountsSnapshot): LatencySummary {
  const histogram = toHdrHistogram(snapshot);
  const { count, minNs, maxNs } = snapshot;
  // The highest value of a bucket can lie above the largest value that was recorded.
  const at = (percentile: number): number =>
    count === 0 ? 0 : Math.min(histogram.getValueAtPercentile(percentile), maxNs) / 1e6;
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
