import { describe, expect, test } from 'vitest';
import { addBuckets, bucketsSince, countOf, quantile } from './quantile.ts';

const BOUNDARIES = [5, 10, 20];

describe('quantile()', () => {
  test.each([
    ['the middle of a bucket', [0, 0, 10, 0], 0.5, 15],
    ['the end of a bucket', [0, 10, 10, 0], 0.5, 10],
    ['the first bucket by its boundary', [10, 0, 0, 0], 0.5, 5],
    ['what is beyond the last boundary by that one', [0, 0, 0, 1], 0.99, 20],
    ['one observation', [0, 1, 0, 0], 0.99, 9.95],
    ['past buckets that are empty', [1, 0, 0, 1], 0.9, 20],
  ])('tells %s', (_, counts, share, value) => {
    expect(quantile({ counts, sum: 0 }, BOUNDARIES, share)).toBeCloseTo(value);
  });
});

test('bucketsSince() gives what came in between', () => {
  const before = { counts: [1, 2, 0, 0], sum: 20 };
  const now = { counts: [1, 5, 0, 1], sum: 70 };
  expect(bucketsSince(now, before)).toEqual({ counts: [0, 3, 0, 1], sum: 50 });
  expect(bucketsSince(now, undefined)).toEqual(now);
});

test('addBuckets() adds histograms, and none to an empty one', () => {
  const sum = addBuckets(
    [
      { counts: [1, 0, 2], sum: 3 },
      { counts: [0, 1, 1], sum: 4 },
    ],
    3,
  );
  expect(sum).toEqual({ counts: [1, 1, 3], sum: 7 });
  expect(countOf(sum)).toBe(5);
  expect(addBuckets([], 2)).toEqual({ counts: [0, 0], sum: 0 });
});
