import { expect, it } from 'vitest';
import { addHistograms, DurationHistogram, observations } from './duration-histogram.ts';

it('counts an observation in the bucket whose boundary it does not exceed', () => {
  const histogram = new DurationHistogram([0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.2, 1, 1.5]) histogram.observe(seconds);
  const read = histogram.read();
  expect(read.counts).toEqual([2, 2, 1]);
  expect(read.sum).toBeCloseTo(2.85);
  expect(observations(addHistograms(read, read))).toBe(10);
  expect(addHistograms(undefined, read)).toBe(read);
});
