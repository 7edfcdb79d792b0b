import { expect, test } from 'vitest';
import { schedulable, type ScriptedWorker } from '../../../test/fixtures/schedulable-worker.ts';
import { scheduleByUtilization } from './least-utilized.ts';

const worker = (id: number, eventLoopUtilization: number, activeConnections = 0) =>
  schedulable(id, { eventLoopUtilization, activeConnections });

/** Hands over that many connections without a new sample, and tells how many each worker got. */
function handOver(workers: readonly ScriptedWorker[], connections: number): number[] {
  for (let count = 0; count < connections; count += 1) {
    const chosen = scheduleByUtilization(workers);
    chosen.activeConnections += 1;
    chosen.handedSinceSample += 1;
  }
  return workers.map(({ handedSinceSample }) => handedSinceSample);
}

test('least-utilized picks the idlest event loop, whatever the connections', () => {
  expect(scheduleByUtilization([worker(0, 0.9, 1), worker(1, 0.2, 50), worker(2, 0.5, 1)]).id).toBe(
    1,
  );
});

test('least-utilized picks the fewest connections among event loops that are about equally busy', () => {
  expect(
    scheduleByUtilization([worker(0, 0.31, 9), worker(1, 0.32, 3), worker(2, 0.29, 5)]).id,
  ).toBe(1);
});

test('least-utilized does not herd onto the idlest worker between two samples', () => {
  // A connection costs 0.05 on average, so that the idle worker has caught up after 12 or so.
  const [busy = 0, idle = 0] = handOver([worker(0, 0.8, 10), worker(1, 0.2, 10)], 60);
  expect(idle).toBeGreaterThan(busy);
  expect(busy).toBeGreaterThan(20);
});

test('least-utilized spreads evenly over workers that do nothing', () => {
  expect(handOver([worker(0, 0), worker(1, 0), worker(2, 0)], 30)).toEqual([10, 10, 10]);
});

test('least-utilized spreads over workers that are all fully busy', () => {
  expect(handOver([worker(0, 1, 5), worker(1, 1, 5)], 30)).toEqual([15, 15]);
});
