import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rollingRestart } from '../src/primary/rollouts/rolling-restart.ts';
import { generation, LIMITS, supervised } from './fixtures/memory-generations.ts';
import { settle } from './fixtures/memory-worker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('Old workers take no new connections and do not leave before minReadyMs is over', async () => {
  const { supervisor, first, restart, present, takenOver } = await supervised(2);
  const restarting = restart(generation(1), { minReadyMs: 1_000 });
  await vi.advanceTimersByTimeAsync(999);
  expect(present()).toEqual([
    [0, 0, 'ready', false],
    [0, 1, 'ready', true],
    [1, 0, 'ready', false],
    [1, 1, 'ready', true],
  ]);
  expect(takenOver).toHaveBeenCalledOnce();
  expect(first.workers.all.flatMap(({ orders }) => orders)).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect((await restarting).map(({ step }) => step)).toEqual(['drained', 'drained']);
  await supervisor.stop(LIMITS);
});

test('When a new worker dies within minReadyMs the old ones serve again, and the new ones drain', async () => {
  const { supervisor, first, restart, present, takenOver, respawns } = await supervised(2);
  const second = generation(1, { exitsOn: ['terminate', 'kill'] });
  const restarting = restart(second, { minReadyMs: 1_000 });
  const failed = expect(restarting).rejects.toMatchObject({
    code: 'ERR_WORKER_CRASH',
    workerId: 1,
    message: 'Worker 1 died with exit code 1 within 400 ms of serving: bad version',
    stack: expect.stringContaining('rolling-restart-min-ready.test.ts'),
  });
  await vi.advanceTimersByTimeAsync(400);
  second.workers.at(1).fail(new Error('bad version'));
  second.workers.at(1).exit(1);
  await failed;
  expect(present()).toEqual([
    [0, 0, 'ready', true],
    [0, 1, 'draining', true],
    [1, 0, 'ready', true],
  ]);
  expect(first.workers.all.flatMap(({ orders }) => orders)).toEqual([]);
  expect(takenOver).toHaveBeenCalledTimes(2);
  expect(respawns).toEqual([]);
  await supervisor.stop(LIMITS, AbortSignal.abort());
});

test('A slot whose old worker died while it was held gets a new one of the old generation', async () => {
  const { supervisor, first, restart, present } = await supervised(2);
  const second = generation(1);
  const failed = expect(restart(second, { minReadyMs: 1_000 })).rejects.toThrow('within 0 ms');
  await settle();
  first.workers.at(0).exit(1);
  second.workers.at(1).exit(null, 'SIGSEGV');
  await failed;
  await settle();
  expect(first.workers.all).toHaveLength(3);
  expect(present()).toEqual([
    [0, 0, 'ready', true],
    [1, 0, 'ready', true],
  ]);
  await supervisor.stop(LIMITS);
});

test('A worker of an earlier batch that dies before the last one is through fails the restart', async () => {
  const { supervisor, first, restart, present } = await supervised(3);
  const second = generation(1);
  const failed = expect(restart(second, { minReadyMs: 1_000, maxSurge: 1 })).rejects.toMatchObject({
    code: 'ERR_WORKER_CRASH',
    workerId: 0,
  });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 1],
    [1, 0],
    [1, 1],
    [2, 0],
  ]);
  second.workers.at(0).exit(1);
  await failed;
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
  ]);
  // The one that was held is there still; only the slot that was through has another.
  expect(first.workers.all).toHaveLength(4);
  await supervisor.stop(LIMITS);
});

test('Additional slots of which a worker dies within minReadyMs are given up', async () => {
  const { supervisor, first, restart, present } = await supervised(1);
  const growing = rollingRestart(supervisor, supervisor.additionalSlots(2, first), {
    generation: first,
    limits: LIMITS,
    parallelBoots: Infinity,
    maxSurge: Infinity,
    minReadyMs: 1_000,
    probe: undefined,
    signal: new AbortController().signal,
    force: new AbortController().signal,
    onTakenOver: () => undefined,
    onStranded: () => undefined,
  });
  const failed = expect(growing).rejects.toMatchObject({ code: 'ERR_WORKER_CRASH', workerId: 2 });
  await settle();
  expect(supervisor.slots).toHaveLength(3);
  first.workers.at(2).exit(1);
  await failed;
  await settle();
  expect(supervisor.slots).toHaveLength(1);
  expect(present().map(([id]) => id)).toEqual([0]);
  await restart(generation(1));
  await supervisor.stop(LIMITS);
});

test('The signal ends the wait for minReadyMs, and what has taken over stays', async () => {
  const { supervisor, restart, present, closing } = await supervised(1);
  const restarting = restart(generation(1), { minReadyMs: 1_000 });
  await settle();
  closing.abort();
  expect((await restarting).map(({ step }) => step)).toEqual(['drained']);
  expect(present().map(([id, number]) => [id, number])).toEqual([[0, 1]]);
  await supervisor.stop(LIMITS);
});
