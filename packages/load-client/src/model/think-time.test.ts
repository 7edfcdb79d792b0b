import { describe, expect, test } from 'vitest';
import { createRandomSource } from '../random-source.ts';
import { drawThinkMs, longThinkMs, resolveThinkTime, type ThinkTime } from './think-time.ts';

const DRAWS = 200_000;

function sample(think: ThinkTime): number[] {
  const random = createRandomSource(7);
  return Array.from({ length: DRAWS }, () => drawThinkMs(think, random)).toSorted((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Median, mean and 90th percentile in closed form. */
test.each<[ThinkTime, number, number, number]>([
  [{ distribution: 'constant', ms: 100 }, 100, 100, 100],
  [{ distribution: 'uniform', minMs: 50, maxMs: 150 }, 100, 100, 140],
  [{ distribution: 'exponential', meanMs: 100 }, 100 * Math.log(2), 100, 100 * Math.log(10)],
  [{ distribution: 'normal', meanMs: 100, stdDevMs: 10 }, 100, 100, 112.816],
  [
    { distribution: 'lognormal', medianMs: 100, sigma: 0.5 },
    100,
    100 * Math.exp(0.125),
    100 * Math.exp(0.5 * 1.281_55),
  ],
])('%j has the median %d, the mean %d and p90 %d', (think, median, mean, p90) => {
  const sorted = sample(think);
  expect(at(sorted, 0.5) / median).toBeCloseTo(1, 1.7);
  expect(meanOf(sorted) / mean).toBeCloseTo(1, 1.7);
  expect(at(sorted, 0.9) / p90).toBeCloseTo(1, 1.7);
  const above = sorted.filter((value) => value > longThinkMs(think)).length / DRAWS;
  expect(above).toBeLessThan(0.0015);
  expect(sorted[0]).toBeGreaterThanOrEqual(0);
});

test('a normal think time is never below 0', () => {
  const sorted = sample({ distribution: 'normal', meanMs: 1, stdDevMs: 100 });
  expect(sorted[0]).toBe(0);
});

describe('resolveThinkTime', () => {
  test('takes one time, two bounds, and a distribution', () => {
    expect(resolveThinkTime('thinkMs', undefined)).toBeNull();
    expect(resolveThinkTime('thinkMs', 0)).toBeNull();
    expect(resolveThinkTime('thinkMs', [0, 0])).toBeNull();
    expect(resolveThinkTime('thinkMs', 5)).toEqual({ distribution: 'constant', ms: 5 });
    expect(resolveThinkTime('thinkMs', [1, 5])).toEqual({
      distribution: 'uniform',
      minMs: 1,
      maxMs: 5,
    });
    const lognormal = { distribution: 'lognormal', medianMs: 5, sigma: 1 };
    expect(resolveThinkTime('thinkMs', lognormal)).toEqual(lognormal);
  });

  test.each([
    [{ distribution: 'gaussian' }, /whose distribution is one of 'constant', 'uniform'/],
    [{ distribution: 'exponential', medianMs: 5 }, /did you mean meanMs/],
    [{ distribution: 'exponential' }, /thinkMs\.meanMs must be a number/],
    [{ distribution: 'lognormal', medianMs: 5, sigma: -1 }, /thinkMs\.sigma must be/],
    [{ distribution: 'uniform', minMs: 5, maxMs: 1 }, /must be a number, 5/],
    [[5, 1], /must be a number, 5/],
    ['1s', /must be milliseconds/],
    [-1, /must be a number, 0/],
  ])('refuses %j', (value, message) => {
    expect(() => resolveThinkTime('thinkMs', value)).toThrow(message);
  });
});
