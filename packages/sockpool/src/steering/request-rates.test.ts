import type { MetricsAnswer } from '@sockpool/control/client';
import { expect, test } from 'vitest';
import {
  requestRates,
  type RequestHistogram,
  requestsOf,
  requestText,
  UNKNOWN_BUCKETS,
  UNMEASURED,
} from './request-rates.ts';

/** Of a pool, in seconds; another version may have others. */
const BOUNDARIES = [0.000_1, 0.000_25, 0.002_5, 0.005, 0.075, 0.1, 10];

/** So many requests in the buckets of these boundaries. */
function requests(...found: readonly (readonly [boundary: number, count: number])[]) {
  const counts = Array.from({ length: BOUNDARIES.length + 1 }, () => 0);
  for (const [boundary, count] of found)
    counts[[...BOUNDARIES, Infinity].indexOf(boundary)] = count;
  return { counts, sum: 1 };
}

function metrics(
  durations: readonly object[],
  boundaries: readonly number[] | undefined = BOUNDARIES,
): MetricsAnswer {
  return {
    total: { measures: { requests: durations.map((duration) => ({ duration })) } },
    boundaries: { request: boundaries },
  } as unknown as MetricsAnswer;
}

function measured(answer: MetricsAnswer): RequestHistogram {
  const histogram = requestsOf(answer);
  expect.assert(typeof histogram === 'object');
  return histogram;
}

test('Requests of all kinds count since the look before', () => {
  const before = measured(metrics([requests([0.005, 10]), requests([0.1, 4])]));
  const now = measured(metrics([requests([0.005, 100]), requests([0.1, 14])]));
  const rates = requestRates(now, before, 2);
  expect.assert(rates !== undefined);
  expect(rates).toMatchObject({ requestsPerSecond: 50 });
  expect(rates.p99Ms).toBeGreaterThan(75);
  expect(requestText(rates, BOUNDARIES)).toMatch(/^50 requests\/s, p50 3\.9 ms, p99 \d+ ms$/);
});

test.each([
  ['a reply of 0.2 ms is told from one of 1 ms', 0.000_25, 'p50 0.18 ms'],
  ['below the first boundary nothing is known', 0.000_1, 'p50 < 0.1 ms'],
  ['beyond the last neither', Infinity, 'p50 > 10 s'],
])('Latencies are as short as they are known: %s', (_, boundary, text) => {
  const found = measured(metrics([requests([boundary, 10])]));
  const rates = requestRates(found, measured(metrics([requests()])), 1);
  expect.assert(rates !== undefined);
  expect(requestText(rates, BOUNDARIES)).toContain(text);
});

test('Without requests there are no latencies', () => {
  const none = measured(metrics([]));
  const rates = requestRates(none, none, 1);
  expect.assert(rates !== undefined);
  expect(requestText(rates, BOUNDARIES)).toBe('0 requests/s');
});

test('Nothing is guessed: of a pool without metrics, of buckets without boundaries, of other buckets', () => {
  expect(requestsOf({ total: {} } as unknown as MetricsAnswer)).toBe(UNMEASURED);
  const { boundaries: _, ...early } = metrics([requests([0.1, 1])]);
  expect(requestsOf(early)).toBe(UNKNOWN_BUCKETS);
  expect(requestsOf(metrics([requests([0.1, 1])], [0.5, 1]))).toBe(UNKNOWN_BUCKETS);
  const upgraded = measured(metrics([{ counts: [3, 4, 5], sum: 2 }], [0.5, 1]));
  expect(requestRates(upgraded, measured(metrics([requests([0.1, 1])])), 1)).toBeUndefined();
});
