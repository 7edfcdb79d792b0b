import type { MetricsAnswer } from '@sockpool/control/client';
import { addBuckets, type Buckets, bucketsSince, countOf, quantile } from '@sockpool/metrics';

/** How long all requests of a pool took so far, in the buckets that the pool itself has. */
export interface RequestHistogram extends Buckets {
  /** The upper boundaries of all buckets but the last, in seconds. */
  readonly boundaries: readonly number[];
}

/** HTTP requests since an earlier look. */
export interface RequestRates {
  readonly requestsPerSecond: number;
  /** Of their latencies, in milliseconds; null while there are none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Why there are no requests to show, and what helps. */
export const UNMEASURED = 'requests are not measured; serve with --metrics-port or --dashboard';

/** Why the requests of a pool of an early version cannot be shown. */
export const UNKNOWN_BUCKETS: string =
  'Cannot show requests: the pool does not tell the boundaries of its histograms; restart it with ' +
  'this version, or use the command of its version';

/**
 * Says how long all requests of a pool took so far.
 *
 * @param metrics what the pool has counted
 * @returns or why that cannot be told
 */
export function requestsOf({ total, boundaries }: MetricsAnswer): RequestHistogram | string {
  const { requests } = (total.measures ?? {}) as {
    readonly requests?: readonly { readonly duration: Buckets }[];
  };
  if (requests === undefined) return UNMEASURED;
  const upper = boundaries?.request;
  if (upper === undefined) return UNKNOWN_BUCKETS;
  const durations = requests.map(({ duration }) => duration);
  if (durations.some(({ counts }) => counts.length !== upper.length + 1)) return UNKNOWN_BUCKETS;
  return { ...addBuckets(durations, upper.length + 1), boundaries: upper };
}

/**
 * Says how many requests came in a second, and how long they took.
 *
 * @param now the requests so far
 * @param before those at the look before
 * @param seconds the time between the looks
 * @returns undefined when the pool has other buckets now, such as after an upgrade
 */
export function requestRates(
  now: RequestHistogram,
  before: RequestHistogram,
  seconds: number,
): RequestRates | undefined {
  if (now.boundaries.join() !== before.boundaries.join()) return undefined;
  const recent = bucketsSince(now, before);
  const count = countOf(recent);
  const ms = (share: number): number | null =>
    count === 0 ? null : quantile(recent, now.boundaries, share) * 1_000;
  return { requestsPerSecond: Math.round(count / seconds), p50Ms: ms(0.5), p99Ms: ms(0.99) };
}

/**
 * Such as `512 requests/s, p50 0.21 ms, p99 92 ms`; in the first bucket nothing tells where below its
 * boundary.
 *
 * @param rates the rates
 * @param boundaries the pool's, in seconds
 */
export function requestText(
  { requestsPerSecond, p50Ms, p99Ms }: RequestRates,
  boundaries: readonly number[],
): string {
  const rate = `${requestsPerSecond} requests/s`;
  if (p50Ms === null || p99Ms === null) return rate;
  const text = (ms: number): string => milliseconds(ms, boundaries);
  return `${rate}, p50 ${text(p50Ms)}, p99 ${text(p99Ms)}`;
}

function milliseconds(ms: number, boundaries: readonly number[]): string {
  const finest = (boundaries[0] ?? 0) * 1_000;
  const coarsest = (boundaries.at(-1) ?? Infinity) * 1_000;
  if (ms <= finest) return `< ${finest} ms`;
  if (ms >= coarsest) return `> ${coarsest / 1_000} s`;
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(ms < 1 ? 2 : 1))} ms`;
}
