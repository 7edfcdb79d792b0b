import { expect, test } from 'vitest';
import { createScheduler, SCHEDULING_POLICIES } from './scheduling.ts';

const worker = (id: number, activeConnections = 0) => ({ id, activeConnections });

test('least-connections picks the fewest open connections, the lowest id among equals', () => {
  const pick = createScheduler('least-connections');
  expect(pick([worker(0, 2), worker(1, 1), worker(2, 1)]).id).toBe(1);
});

test('round-robin goes round, and skips workers that are not offered', () => {
  const pick = createScheduler('round-robin');
  const all = [worker(0), worker(1), worker(2)];
  expect([pick(all).id, pick(all).id, pick(all).id, pick(all).id]).toEqual([0, 1, 2, 0]);
  expect(pick([worker(0), worker(2)]).id).toBe(2);
});

test('free-slot always picks the lowest id', () => {
  const pick = createScheduler('free-slot');
  expect(pick([worker(1, 9), worker(2, 0)]).id).toBe(1);
});

test('Two schedulers of one policy do not share their position', () => {
  const all = [worker(0), worker(1)];
  expect(SCHEDULING_POLICIES.map((policy) => createScheduler(policy)(all).id)).toEqual([0, 0, 0]);
  expect(createScheduler('round-robin')(all).id).toBe(0);
});
