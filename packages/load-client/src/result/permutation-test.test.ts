import { describe, expect, test } from 'vitest';
import { permutationTests } from './permutation-test.ts';
import { createRandomSource } from '../random-source.ts';

describe('permutationTests', () => {
  test('gives the exact share of divisions that differ as much', () => {
    // Of the 20 ways to divide 1..6 into threes, two differ as much as {1,2,3} and {4,5,6}.
    expect(permutationTests([{ a: [1, 2, 3], b: [4, 5, 6] }])).toEqual([
      { pValue: 2 / 20, adjustedPValue: 2 / 20 },
    ]);
    expect(permutationTests([{ a: [5, 5], b: [5, 5] }])[0]?.pValue).toBe(1);
    const [apart] = permutationTests([{ a: [1, 1, 1, 1, 1], b: [9, 9, 9, 9, 9] }]);
    expect(apart?.pValue).toBeCloseTo(2 / 252);
  });

  test('a figure that differs most keeps its p-value beside others, a weaker one loses by them', () => {
    const strong = { a: [1, 2, 3, 4], b: [101, 102, 103, 104] };
    const weak = { a: [1, 9, 2, 8], b: [7, 3, 9, 6] };
    const [first, second] = permutationTests([strong, weak]);
    expect(first).toEqual({ pValue: 2 / 70, adjustedPValue: 2 / 70 });
    expect(second?.adjustedPValue).toBeGreaterThanOrEqual(second?.pValue ?? 1);
  });

  test('of 400 comparisons without a difference, few are called one, although 8 figures are looked at', () => {
    const random = createRandomSource(20_446);
    const runs = (): number[] => Array.from({ length: 4 }, () => random());
    let called = 0;
    for (let round = 0; round < 400; round += 1) {
      const samples = Array.from({ length: 8 }, () => ({ a: runs(), b: runs() }));
      if (permutationTests(samples).some(({ adjustedPValue }) => adjustedPValue < 0.05))
        called += 1;
    }
    // At the 5 % level at most 20 are expected, with a standard deviation of 4.4; the seed is fixed.
    expect(called).toBeLessThanOrEqual(33);
    expect(called).toBeGreaterThan(0);
  });

  test('is refused for so many runs that it would take for ever', () => {
    const many = Array.from({ length: 20 }, (_, index) => index);
    expect(() => permutationTests([{ a: many, b: many }])).toThrow(RangeError);
  });
});
