import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ThrottledLog } from './throttled-log.ts';

const ignore = (): undefined => undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recordingLog(): { log: ThrottledLog; warn: ReturnType<typeof vi.fn> } {
  const warn = vi.fn();
  return { log: new ThrottledLog({ debug: ignore, info: ignore, error: ignore, warn }), warn };
}

test('ThrottledLog writes the first entry of a kind at once, and after ten seconds the newest one with the number of those between', () => {
  const { log, warn } = recordingLog();
  log.say('one', { of: 1 }, 'kind');
  log.say('two', {}, 'kind');
  vi.advanceTimersByTime(9_999);
  log.say('three', { of: 3, error: new Error('with a stack that is known') }, 'kind');
  expect(warn.mock.calls).toEqual([['one', { of: 1 }]]);
  vi.advanceTimersByTime(1);
  expect(warn.mock.calls.slice(1)).toEqual([['three (2 more like this in 10 s)', { of: 3 }]]);
  // Ten seconds without any, and the next one is the first again.
  vi.advanceTimersByTime(10_000);
  log.say('four', {}, 'kind');
  expect(warn.mock.calls.slice(2)).toEqual([['four', {}]]);
});

test('ThrottledLog writes entries of different kinds apart, and of too many kinds as one', () => {
  const { log, warn } = recordingLog();
  log.say('one');
  log.say('two');
  expect(warn.mock.calls).toEqual([
    ['one', {}],
    ['two', {}],
  ]);
  for (let kind = 0; kind < 1_000; kind += 1) log.say(`kind ${kind}`);
  expect(warn.mock.calls).toHaveLength(101);
  vi.advanceTimersByTime(10_000);
  expect(warn.mock.calls).toHaveLength(102);
  expect(warn.mock.lastCall).toEqual(['kind 999 (901 more like this in 10 s)', {}]);
});

test('ThrottledLog says at its end how many were not written', () => {
  const { log, warn } = recordingLog();
  log.say('one');
  log.say('one');
  log.flush();
  log.flush();
  vi.advanceTimersByTime(20_000);
  expect(warn.mock.calls).toEqual([
    ['one', {}],
    ['one (1 more like this so far)', {}],
  ]);
});
