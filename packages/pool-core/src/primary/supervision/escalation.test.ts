import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DepartureOrder } from '@sockpool/handler/hosting';
import { stopWorker } from './escalation.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const LIMITS = { graceMs: 100, terminateMs: 20, killMs: 10 };

/** A worker that exits a while after it was told so in a way that it obeys. */
function stoppable(obeys: 'drain' | 'terminate' | 'kill' | 'nothing', afterMs = 0) {
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  const told: [order: string, atMs: number][] = [];
  const startedAtMs = performance.now();
  const order = (name: string) => (): void => {
    told.push([name, performance.now() - startedAtMs]);
    if (name === obeys) setTimeout(resolve, afterMs);
  };
  const orders: DepartureOrder[] = [];
  return {
    told,
    orders,
    worker: {
      exited,
      drain: (given: DepartureOrder) => {
        orders.push(given);
        order('drain')();
      },
      terminate: order('terminate'),
      kill: order('kill'),
    },
  };
}

test('stopWorker drains a worker that obeys, and does nothing more', async () => {
  const { worker, told, orders } = stoppable('drain', 99);
  const step = stopWorker(worker, LIMITS, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('drained');
  expect(orders).toEqual([{ reason: 'close', graceMs: 100 }]);
  expect(told).toEqual([['drain', 0]]);
});

test('stopWorker gets harsher at the deadline of each step', async () => {
  const { worker, told } = stoppable('kill', 9);
  const step = stopWorker(worker, LIMITS, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('killed');
  expect(told).toEqual([
    ['drain', 0],
    ['terminate', 100],
    ['kill', 120],
  ]);
});

test('stopWorker tells when a worker ended by being terminated', async () => {
  const { worker } = stoppable('terminate', 19);
  const step = stopWorker(worker, LIMITS, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('terminated');
});

test('stopWorker abandons a worker that even a kill does not end, and is done by then', async () => {
  const { worker } = stoppable('nothing');
  const startedAtMs = performance.now();
  const step = stopWorker(worker, LIMITS, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('abandoned');
  expect(performance.now() - startedAtMs).toBe(130);
});

test('stopWorker does not drain without a grace period', async () => {
  const { worker, told } = stoppable('terminate');
  const step = stopWorker(worker, { ...LIMITS, graceMs: 0 }, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('terminated');
  expect(told).toEqual([['terminate', 0]]);
});

test('stopWorker waits for ever for a worker that drains, if it may', async () => {
  const { worker, told } = stoppable('drain', 1_000_000);
  const step = stopWorker(worker, { ...LIMITS, graceMs: Infinity }, 'close');
  await vi.runAllTimersAsync();
  expect(await step).toBe('drained');
  expect(told).toHaveLength(1);
});

test.each([
  ['before it', 0, [['kill', 0]]],
  [
    'while it drains',
    50,
    [
      ['drain', 0],
      ['kill', 50],
    ],
  ],
  [
    'while it terminates',
    110,
    [
      ['drain', 0],
      ['terminate', 100],
      ['kill', 110],
    ],
  ],
])('stopWorker goes straight to the kill when forced %s', async (_, forcedAtMs, orders) => {
  const { worker, told } = stoppable('kill');
  const force = new AbortController();
  if (forcedAtMs === 0) force.abort();
  else setTimeout(() => force.abort(), forcedAtMs);
  const step = stopWorker(worker, LIMITS, 'close', force.signal);
  await vi.runAllTimersAsync();
  expect(await step).toBe('killed');
  expect(told).toEqual(orders);
});
