import type { MetricsAnswer } from '@sockpool/control/client';
import {
  addBuckets,
  type Buckets,
  bucketsSince,
  countOf,
  quantile,
  REQUEST_BOUNDARIES,
  type RequestCounts,
} from '@sockpool/metrics';

/** HTTP requests since an earlier look. */
export interface RequestRates {
  readonly requestsPerSecond: number;
  /** Of their latencies, in milliseconds; null while there are none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * Says how long all requests of a pool took so far.
 *
 * @param metrics what the pool has counted
 * @returns undefined without the pool option `metrics`
 */
export function requestsOf({ total }: MetricsAnswer): Buckets | undefined {
  const { requests } = (total.measures ?? {}) as { readonly requests?: readonly RequestCounts[] };
  if (requests === undefined) return undefined;
  return addBuckets(
    requests.map(({ duration }) => duration),
    REQUEST_BOUNDARIES.length + 1,
  );
}

/**
 * Says how many requests came in a second, and how long they took.
 *
 * @param now the requests so far
 * @param before those at the look before
 * @param seconds the time between the looks
 */
export function requestRates(now: Buckets, before: Buckets, seconds: number): RequestRates {
  const recent = bucketsSince(now, before);
  const count = countOf(recent);
  const ms = (share: number): number | null =>
    count === 0 ? null : quantile(recent, REQUEST_BOUNDARIES, share) * 1_000;
  return { requestsPerSecond: Math.round(count / seconds), p50Ms: ms(0.5), p99Ms: ms(0.99) };
}

/** Such as `512 requests/s, p50 0.21 ms, p99 92 ms`; in the first bucket nothing tells where below its boundary. */
export function requestText({ requestsPerSecond, p50Ms, p99Ms }: RequestRates): string {
  const rate = `${requestsPerSecond} requests/s`;
  if (p50Ms === null || p99Ms === null) return rate;
  return `${rate}, p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`;
}

function milliseconds(ms: number): string {
  const finest = (REQUEST_BOUNDARIES[0] ?? 0) * 1_000;
  const coarsest = (REQUEST_BOUNDARIES.at(-1) ?? Infinity) * 1_000;
  if (ms <= finest) return `< ${finest} ms`;
  if (ms >= coarsest) return `> ${coarsest / 1_000} s`;
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(ms < 1 ? 2 : 1))} ms`;
}
