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
