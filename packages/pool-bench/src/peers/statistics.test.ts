import { describe, expect, test } from 'vitest';
import { calmest, compareFigure, disturbanceOf, type Measurement, spreadOf } from './statistics.ts';

function measurement(peer: string, round: number, cost: number, otherLoad = 0): Measurement {
  return { peer, round, figures: { cost }, otherLoad, clientLoad: 0.5 };
}

describe('spreadOf()', () => {
  test('takes the middle one of an odd count, and the mean of the two in the middle of an even one', () => {
    expect(spreadOf([9, 1, 4])).toEqual({ median: 4, min: 1, max: 9 });
    expect(spreadOf([9, 1, 4, 6])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('compareFigure()', () => {
  test('takes ratios within a round, so that a slow round changes none', () => {
    const measurements = [
      measurement('fork', 0, 10),
      measurement('cluster', 0, 20),
      measurement('process-pool', 0, 11),
      // Everything is three times as slow.
      measurement('fork', 1, 30),
      measurement('cluster', 1, 60),
      measurement('process-pool', 1, 36),
    ];
    const [, , pool] = compareFigure(measurements, 'cost', 'fork');
    expect(pool?.peer).toBe('process-pool');
    expect(pool?.value).toEqual({ median: 23.5, min: 11, max: 36 });
    expect(pool?.ratio?.median).toBeCloseTo(1.15);
    expect(pool?.ratio?.min).toBeCloseTo(1.1);
    expect(pool?.ratio?.max).toBeCloseTo(1.2);
    expect(pool?.besideCluster?.median).toBeCloseTo(0.575);
  });

  test('has no ratio beside a peer that was not measured, and passes over rounds in which it failed', () => {
    const measurements = [
      measurement('process-pool', 0, 11),
      measurement('process-pool', 1, 12),
      measurement('fork', 1, 10),
    ];
    expect(compareFigure(measurements, 'cost', 'node')[0]?.ratio).toBeUndefined();
    expect(compareFigure(measurements, 'cost', 'fork')[0]?.ratio).toEqual({
      median: 1.2,
      min: 1.2,
      max: 1.2,
    });
  });
});

test('of the rounds, the most disturbed measurement of each counts, and the calmest are kept', () => {
  const measurements = [
    measurement('fork', 0, 1, 0.01),
    measurement('cluster', 0, 1, 0.5),
    measurement('fork', 1, 1, 0.02),
    measurement('cluster', 1, 1, 0.03),
    measurement('fork', 2, 1, 0.2),
  ];
  expect([...disturbanceOf(measurements)]).toEqual([
    [0, 0.5],
    [1, 0.03],
    [2, 0.2],
  ]);
  expect(calmest(measurements, 2).map(({ round }) => round)).toEqual([1, 1, 2]);
});
