import { expect, test } from 'vitest';
import { parsePressure, parseSchedstat, readSchedulerFigures } from './scheduler-wait.ts';

test('schedstat has the time of running, the time of waiting and the slices', () => {
  expect(parseSchedstat('5000000 1500000 7\n')).toEqual({ waitedMs: 1.5, slices: 7 });
  expect(parseSchedstat('')).toBeUndefined();
  expect(parseSchedstat('0 0')).toBeUndefined();
});

test('pressure has the time in which some thread waited', () => {
  const text =
    'some avg10=12.10 avg60=3.00 avg300=1.00 total=250000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n';
  expect(parsePressure(text)).toBe(250);
  expect(parsePressure('')).toBeUndefined();
});

test.runIf(process.platform === 'linux')('the figures of a thread only grow', () => {
  const before = readSchedulerFigures();
  const after = readSchedulerFigures();
  // A kernel without CONFIG_SCHED_INFO has none.
  if (before === undefined || after === undefined) return;
  expect(after.waitedMs).toBeGreaterThanOrEqual(before.waitedMs);
  expect(after.slices).toBeGreaterThanOrEqual(before.slices);
});
