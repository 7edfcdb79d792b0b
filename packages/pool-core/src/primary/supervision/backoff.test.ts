import { expect, test } from 'vitest';
import { respawnDelayMs } from './backoff.ts';

const bounds = { initialDelayMs: 100, maxDelayMs: 1_000 };

test('respawnDelayMs doubles with every crash up to the maximum', () => {
  const longest = [1, 2, 3, 4, 5, 60].map((crashes) => respawnDelayMs(crashes, bounds, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test('respawnDelayMs spreads a delay over its upper half', () => {
  expect(respawnDelayMs(2, bounds, () => 0)).toBe(100);
  expect(respawnDelayMs(2, bounds, () => 0.5)).toBe(150);
});

test('respawnDelayMs stays 0 for ever when it starts there', () => {
  const none = { initialDelayMs: 0, maxDelayMs: 1_000 };
  expect([1, 2, 5_000].map((crashes) => respawnDelayMs(crashes, none, () => 0.5))).toEqual([
    0, 0, 0,
  ]);
});
