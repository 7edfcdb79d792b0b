import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { createRandomSource } from '../random-source.ts';
import { RateSchedule, type RateStage } from './rate-schedule.ts';

function allTimes(
  schedule: RateSchedule,
  process: 'constant' | 'poisson',
  shares: number,
): number[] {
  const times: number[] = [];
  for (let share = 0; share < shares; share += 1) {
    const plan = { process, share, shares, limit: Number.POSITIVE_INFINITY };
    const arrivals = new Arrivals(schedule, plan, createRandomSource(share + 1));
    for (; arrivals.nextMs !== Number.POSITIVE_INFINITY; arrivals.take())
      times.push(arrivals.nextMs);
  }
  return times.toSorted((a, b) => a - b);
}

const stage = record({
  durationMs: integer({ min: 1, max: 2000 }),
  rate: integer({ min: 0, max: 2000 }),
  toRate: integer({ min: 0, max: 2000 }),
});

describe('arrivals', () => {
  test('constant arrivals are evenly spaced from the start', () => {
    const schedule = new RateSchedule([{ durationMs: 1000, rate: 100 }]);
    const times = allTimes(schedule, 'constant', 1);
    expect(times).toHaveLength(100);
    for (const [index, time] of times.entries()) expect(time).toBeCloseTo(index * 10, 6);
  });

  test('any number of shares takes the same constant arrivals, and as many as the rate integrates to', () => {
    assert(
      property(
        array(stage, { minLength: 1, maxLength: 4 }),
        integer({ min: 1, max: 5 }),
        (stages, shares) => {
          const schedule = new RateSchedule(stages);
          const whole = allTimes(schedule, 'constant', 1);
          expect(allTimes(schedule, 'constant', shares)).toEqual(whole);
          const integral = stages.reduce(
            (sum: number, { durationMs, rate, toRate = rate }: RateStage) =>
              sum + ((rate + toRate) / 2000) * durationMs,
            0,
          );
          expect(Math.abs(whole.length - integral)).toBeLessThanOrEqual(1);
          expect(whole.every((time) => time >= 0 && time <= schedule.durationMs + 1e-6)).toBe(true);
        },
      ),
    );
  });

  test('poisson arrivals have the rate of the schedule and the spread of a Poisson process', () => {
    const schedule = new RateSchedule([{ durationMs: 100_000, rate: 200 }]);
    const times = allTimes(schedule, 'poisson', 3);
    // 20,000 are expected, with a standard deviation of 141.
    expect(Math.abs(times.length - 20_000)).toBeLessThan(5 * 141);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    // The standard deviation of exponential gaps is their mean.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });
});
