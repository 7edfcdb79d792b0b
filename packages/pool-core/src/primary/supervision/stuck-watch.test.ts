import { expect, test } from 'vitest';
import { StuckWatch, type WatchableWorker } from './stuck-watch.ts';

function watching({ debugged = false } = {}): {
  look: (atMs: number) => number;
  beat: (atMs: number) => void;
} {
  let nowMs = 0;
  let beatMs = 0;
  let stuck = 0;
  const worker: WatchableWorker = {
    state: 'ready',
    debugged,
    get heartbeatAgeMs() {
      return nowMs - beatMs;
    },
  };
  const watch = new StuckWatch(
    1_000,
    () => [worker],
    () => {
      stuck += 1;
    },
    () => nowMs,
  );
  return {
    look: (atMs) => {
      nowMs = atMs;
      watch.check();
      return stuck;
    },
    beat: (atMs) => {
      beatMs = atMs;
    },
  };
}

test('StuckWatch tells once of a worker whose heart stands still for the timeout', () => {
  const { look } = watching();
  expect([250, 500, 750].map(look)).toEqual([0, 0, 0]);
  expect([1_000, 1_250, 1_500].map(look)).toEqual([1, 1, 1]);
});

test('StuckWatch leaves alone a worker that beats within the timeout', () => {
  const { look, beat } = watching();
  for (let atMs = 250; atMs <= 10_000; atMs += 250) {
    if (atMs % 750 === 0) beat(atMs);
    expect(look(atMs)).toBe(0);
  }
});

test('StuckWatch forgives the time in which the primary itself stood still', () => {
  const { look } = watching();
  expect(look(250)).toBe(0);
  expect([60_000, 60_250, 60_500, 60_750].map(look)).toEqual([0, 0, 0, 0]);
  expect(look(61_000)).toBe(1);
});

test('StuckWatch leaves alone a worker that may stand still for a debugger', () => {
  const { look } = watching({ debugged: true });
  for (let atMs = 250; atMs <= 5_000; atMs += 250) expect(look(atMs)).toBe(0);
});
