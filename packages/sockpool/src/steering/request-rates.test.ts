import type { MetricsAnswer } from '@sockpool/control/client';
import { REQUEST_BOUNDARIES } from '@sockpool/metrics';
import { expect, test } from 'vitest';
import { requestRates, requestsOf, requestText } from './request-rates.ts';

/** So many requests in the buckets of these boundaries, in seconds. */
function requests(...found: readonly (readonly [boundary: number, count: number])[]) {
  const counts = Array.from({ length: REQUEST_BOUNDARIES.length + 1 }, () => 0);
  for (const [boundary, count] of found) counts[REQUEST_BOUNDARIES.indexOf(boundary)] = count;
  return { counts, sum: 1 };
}

const metrics = (...durations: readonly object[]): MetricsAnswer =>
  ({
    total: { measures: { requests: durations.map((duration) => ({ duration })) } },
  }) as unknown as MetricsAnswer;

test('Requests of all kinds count since the look before', () => {
  const before = requestsOf(metrics(requests([0.005, 10]), requests([0.1, 4])));
  const now = requestsOf(metrics(requests([0.005, 100]), requests([0.1, 14])));
  expect.assert(before !== undefined && now !== undefined);
  const rates = requestRates(now, before, 2);
  expect(rates).toMatchObject({ requestsPerSecond: 50, p50Ms: 5 });
  expect(rates.p99Ms).toBeGreaterThan(75);
  expect(requestText(rates)).toMatch(/^50 requests\/s, p50 < 5 ms, p99 \d+ ms$/);
});

test('Without requests there are no latencies, and without metrics nothing', () => {
  const none = requests();
  expect(requestText(requestRates(none, none, 1))).toBe('0 requests/s');
  expect(requestsOf({ total: {} } as unknown as MetricsAnswer)).toBeUndefined();
});
