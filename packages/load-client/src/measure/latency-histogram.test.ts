import { expect, test } from 'vitest';
import { LatencyCounts } from './latency-counts.ts';
import { histogramOf } from './latency-histogram.ts';

function histogram(timesMs: readonly number[]) {
  const counts = new LatencyCounts();
  for (const time of timesMs) counts.recordMs(time);
  return histogramOf(counts.snapshot());
}

test('times are counted between round bounds, and none is left out', () => {
  expect(histogram([])).toEqual([]);
  expect(histogram([1.5])).toEqual([{ fromMs: 0, toMs: 2, count: 1 }]);
  expect(histogram([0.3, 0.3, 1.5, 3, 30])).toEqual([
    { fromMs: 0, toMs: 0.5, count: 2 },
    { fromMs: 0.5, toMs: 1, count: 0 },
    { fromMs: 1, toMs: 2, count: 1 },
    { fromMs: 2, toMs: 5, count: 1 },
    { fromMs: 5, toMs: 10, count: 0 },
    { fromMs: 10, toMs: 20, count: 0 },
    { fromMs: 20, toMs: 50, count: 1 },
  ]);
});

test('a wide range has twelve bars at most, and counts all', () => {
  const times = Array.from({ length: 1000 }, (_, index) => 10 ** (index / 125 - 4));
  const bars = histogram([0, ...times]);
  expect(bars).toHaveLength(12);
  expect(bars[0]?.fromMs).toBe(0);
  expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(1001);
});
