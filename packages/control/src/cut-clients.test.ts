import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CutClients, CutWatch } from './cut-clients.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('The first is told at once, those that follow together, and the last ones at the end', () => {
  const told: CutClients[] = [];
  const watch = new CutWatch((cut) => told.push(cut));
  for (let client = 0; client < 5; client += 1) watch.cut('slow');
  expect(told).toEqual([{ clients: 1, reason: 'slow' }]);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([
    { clients: 1, reason: 'slow' },
    { clients: 4, reason: 'slow' },
  ]);
  watch.cut('slow');
  watch.close();
  expect(told.at(-1)).toEqual({ clients: 1, reason: 'slow' });
  expect(vi.getTimerCount()).toBe(0);
});
