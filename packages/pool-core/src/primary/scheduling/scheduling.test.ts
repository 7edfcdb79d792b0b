import { expect, test } from 'vitest';
import { from, schedulable } from '../../../test/fixtures/schedulable-worker.ts';
import { SCHEDULING_POLICIES } from '../../options/scheduling-options.ts';
import { createScheduler } from './scheduling.ts';

const worker = (id: number, activeConnections = 0) => schedulable(id, { activeConnections });
const client = from('127.0.0.1');

test('least-connections picks the fewest open connections, the lowest id among equals', () => {
  const pick = createScheduler('least-connections');
  expect(pick([worker(0, 2), worker(1, 1), worker(2, 1)], client).id).toBe(1);
});

test('round-robin goes round, and skips workers that are not offered', () => {
  const pick = createScheduler('round-robin');
  const all = [worker(0), worker(1), worker(2)];
  expect(Array.from({ length: 4 }, () => pick(all, client).id)).toEqual([0, 1, 2, 0]);
  expect(pick([worker(0), worker(2)], client).id).toBe(2);
});

test('first-available always picks the lowest id', () => {
  const pick = createScheduler('first-available');
  expect(pick([worker(1, 9), worker(2, 0)], client).id).toBe(1);
});

test('Two schedulers of one policy do not share their position', () => {
  const all = [worker(0), worker(1)];
  createScheduler('round-robin')(all, client);
  expect(createScheduler('round-robin')(all, client).id).toBe(0);
});

test.each(SCHEDULING_POLICIES)('%s takes the only worker on offer', (policy) => {
  const pick = createScheduler(policy);
  for (const address of ['127.0.0.1', '::1', undefined]) {
    expect(pick([worker(3, 7)], from(address)).id).toBe(3);
  }
});

test.each(SCHEDULING_POLICIES)('%s says so when no worker is on offer', (policy) => {
  expect(() => createScheduler(policy)([], client)).toThrow('no worker is free');
});

test.each([
  [[0, 0], 'worker 0 with 5 and worker 1 with 4', 1],
  [[0, 0.99], 'worker 0 with 5 and worker 3 with 9', 0],
  [[0.99, 0], 'worker 3 with 9 and worker 0 with 5', 0],
  [[0.99, 0.99], 'worker 3 with 9 and worker 2 with 9', 3],
  [[0.3, 0.3], 'worker 1 with 4 and worker 0 with 5', 1],
])('power-of-two-choices that draws %j compares %s, and takes worker %i', (draws, _, expected) => {
  const numbers = [...draws];
  const pick = createScheduler('power-of-two-choices', { random: () => numbers.shift() ?? 0 });
  const all = [worker(0, 5), worker(1, 4), worker(2, 9), worker(3, 9)];
  expect(pick(all, client).id).toBe(expected);
});

test('power-of-two-choices always draws two different workers', () => {
  for (let one = 0; one < 1; one += 0.05) {
    for (let other = 0; other < 1; other += 0.05) {
      const numbers = [one, other];
      const pick = createScheduler('power-of-two-choices', { random: () => numbers.shift() ?? 0 });
      const asked = new Set<number>();
      const all = [0, 1, 2].map((id) =>
        Object.defineProperty(worker(id), 'activeConnections', {
          get: () => {
            asked.add(id);
            return 1;
          },
        }),
      );
      pick(all, client);
      expect(asked.size).toBe(2);
    }
  }
});
