import { Int32Histogram } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import {
  countsIndex,
  HIGHEST_TRACKABLE_NS,
  LatencyCounts,
  lowestAt,
  SIGNIFICANT_DIGITS,
  standardDeviation,
  toHdrHistogram,
  valueAtPercentile,
} from './latency-counts.ts';
import { createRandomSource } from '../random-source.ts';

describe('latency counts', () => {
  test('countsIndex() gives the position of hdr-histogram-js for every magnitude', () => {
    const reference = new Int32Histogram(1, HIGHEST_TRACKABLE_NS, SIGNIFICANT_DIGITS);
    const random = createRandomSource(1);
    const values = [0, 1, 2047, 2048, 2 ** 31 - 1, 2 ** 31, 2 ** 32, HIGHEST_TRACKABLE_NS];
    for (let magnitude = 0; magnitude < 41; magnitude += 1) {
      for (let round = 0; round < 200; round += 1) {
        values.push(Math.floor(2 ** magnitude * (1 + random())));
      }
    }
    for (const value of values) expect(countsIndex(value)).toBe(reference.countsArrayIndex(value));
  });

  test('a snapshot holds the same percentiles as a histogram of the library', () => {
    const counts = new LatencyCounts();
    const reference = new Int32Histogram(1, HIGHEST_TRACKABLE_NS, SIGNIFICANT_DIGITS);
    const random = createRandomSource(2);
    for (let round = 0; round < 5000; round += 1) {
      const valueNs = Math.floor(1000 / (random() + 1e-6));
      counts.recordMs(valueNs / 1e6);
      reference.recordValue(valueNs);
    }
    const snapshot = counts.snapshot();
    const histogram = toHdrHistogram(snapshot);
    for (const percentile of [0.02, 1, 50, 75, 90, 95, 99, 99.9, 99.99, 100]) {
      const value = reference.getValueAtPercentile(percentile);
      expect(histogram.getValueAtPercentile(percentile)).toBe(value);
      expect(valueAtPercentile(snapshot, percentile)).toBe(Math.min(value, reference.maxValue));
    }
    expect(histogram.totalCount).toBe(5000);
    expect(standardDeviation(snapshot) / reference.stdDeviation).toBeCloseTo(1, 3);
  });

  test('lowestAt() is the inverse of countsIndex()', () => {
    for (let index = 0; index < 30_000; index += 7) {
      const lowest = lowestAt(index);
      expect(countsIndex(lowest)).toBe(index);
      if (lowest > 0) expect(countsIndex(lowest - 1)).toBe(index - 1);
    }
  });

  test('adding snapshots loses nothing, and a reset forgets everything', () => {
    const whole = new LatencyCounts();
    const parts = [new LatencyCounts(), new LatencyCounts()];
    const random = createRandomSource(3);
    for (let round = 0; round < 1000; round += 1) {
      const valueMs = random() * 100;
      whole.recordMs(valueMs);
      parts[round % 2]?.recordMs(valueMs);
    }
    const sum = new LatencyCounts();
    for (const part of parts) sum.add(part.snapshot());
    expect(sum.snapshot()).toEqual(whole.snapshot());
    sum.reset();
    expect(sum.snapshot()).toEqual(new LatencyCounts().snapshot());
  });

  test('times below zero count as zero and times over an hour as an hour', () => {
    const counts = new LatencyCounts();
    counts.recordMs(-1);
    counts.recordMs(1e12);
    const { minNs, maxNs } = counts.snapshot();
    expect([minNs, maxNs]).toEqual([0, HIGHEST_TRACKABLE_NS]);
  });
});
