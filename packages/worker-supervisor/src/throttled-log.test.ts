import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ThrottledLog } from './throttled-log.ts';

const ignore = (): undefined => undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('ThrottledLog writes the first entry at once, and the next one after ten seconds with the number of those between', () => {
  const warn = vi.fn();
  const log = new ThrottledLog({ debug: ignore, info: ignore, error: ignore, warn });
  log.say('one', { of: 1 });
  log.say('two');
  vi.advanceTimersByTime(9_999);
  log.say('three');
  vi.advanceTimersByTime(1);
  log.say('four', { of: 4 });
  vi.advanceTimersByTime(10_000);
  log.say('five');
  expect(warn.mock.calls).toEqual([
    ['one', { of: 1 }],
    ['four', { of: 4, suppressed: 2 }],
    ['five', {}],
  ]);
});
