import type { MetricsAnswer } from '@sockpool/control/client';
import { REQUEST_BOUNDARIES } from '@sockpool/metrics';
import { expect, test } from 'vitest';
import { requestRates, requestsOf, requestText } from './request-rates.ts';

/** So many requests in the buckets of these boundaries, in seconds. */
function requests(...found: readonly (readonly [boundary: number, count: number])[]) {
  const counts = Array.from({ length: REQUEST_BOUNDARIES.length + 1 }, () => 0);
  for (const [boundary, count] of found)
    counts[[...REQUEST_BOUNDARIES, Infinity].indexOf(boundary)] = count;
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
  expect(rates).toMatchObject({ requestsPerSecond: 50 });
  expect(rates.p99Ms).toBeGreaterThan(75);
  expect(requestText(rates)).toMatch(/^50 requests\/s, p50 3\.9 ms, p99 \d+ ms$/);
});

test.each([
  ['a reply of 0.2 ms is told from one of 1 ms', 0.000_25, 'p50 0.18 ms'],
  ['below the first boundary nothing is known', REQUEST_BOUNDARIES[0] ?? 0, 'p50 < 0.1 ms'],
  ['beyond the last neither', Infinity, 'p50 > 10 s'],
])('Latencies are as short as they are known: %s', (_, boundary, text) => {
  const found = requests([boundary, 10]);
  expect(requestText(requestRates(found, requests(), 1))).toContain(text);
});

test('Without requests there are no latencies, and without metrics nothing', () => {
  const none = requests();
  expect(requestText(requestRates(none, none, 1))).toBe('0 requests/s');
  expect(requestsOf({ total: {} } as unknown as MetricsAnswer)).toBeUndefined();
});
