import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Generation } from '../src/primary/supervision/worker-slot.ts';
import { generation, LIMITS, supervised } from './fixtures/memory-generations.ts';
import { settle } from './fixtures/memory-worker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('No new worker takes connections, and no old one leaves, before all new ones are ready', async () => {
  const { supervisor, first, restart, present, takenOver } = await supervised(2);
  const second = generation(1, { boots: false });
  const restarting = restart(second);
  await settle();
  second.workers.at(0).say({ type: 'ready' });
  await settle();
  expect(present()).toEqual([
    [0, 0, 'ready', true],
    [0, 1, 'ready', false],
    [1, 0, 'ready', true],
    [1, 1, 'starting', false],
  ]);
  expect(first.workers.all.map(({ orders }) => orders)).toEqual([[], []]);
  expect(takenOver).not.toHaveBeenCalled();
  second.workers.at(1).say({ type: 'ready' });
  expect((await restarting).map(({ worker, step }) => [worker.id, step])).toEqual([
    [0, 'drained'],
    [1, 'drained'],
  ]);
  expect(present()).toEqual([
    [0, 1, 'ready', true],
    [1, 1, 'ready', true],
  ]);
  expect(takenOver).toHaveBeenCalledOnce();
  await supervisor.stop(LIMITS);
});

test('No more than parallelBoots workers boot at a time', async () => {
  const { supervisor, restart } = await supervised(5);
  const second = generation(1, { boots: false });
  const restarting = restart(second, { parallelBoots: 2 });
  let readied = 0;
  for (const started of [2, 3, 4, 5, 5]) {
    await settle();
    expect(second.workers.all).toHaveLength(started);
    second.workers.all[readied]?.say({ type: 'ready' });
    readied += 1;
  }
  await restarting;
  await supervisor.stop(LIMITS);
});

test('When one new worker dies, those that are ready are ended, and the old ones notice nothing', async () => {
  const { supervisor, first, restart, present } = await supervised(3);
  const second = generation(1, { boots: false });
  const failed = expect(restart(second)).rejects.toMatchObject({
    code: 'ERR_WORKER_BOOT',
    workerId: 2,
  });
  await settle();
  for (const id of [0, 1]) second.workers.at(id).say({ type: 'ready' });
  second.workers.at(2).exit(1);
  await failed;
  expect(second.workers.all.map(({ gone }) => gone)).toEqual([true, true, true]);
  expect(first.workers.all.flatMap(({ orders }) => orders)).toEqual([]);
  expect(present()).toEqual([
    [0, 0, 'ready', true],
    [1, 0, 'ready', true],
    [2, 0, 'ready', true],
  ]);
  await supervisor.stop(LIMITS);
});

test('A new worker that was ready and died before the others were is a failure, too', async () => {
  const { supervisor, restart, present, respawns } = await supervised(2);
  const second = generation(1, { boots: false });
  const failed = expect(restart(second)).rejects.toThrow(
    'Cannot start worker 0: it ended with exit code 7 before it could take over',
  );
  await settle();
  second.workers.at(0).say({ type: 'ready' });
  second.workers.at(0).exit(7);
  await settle();
  second.workers.at(1).say({ type: 'ready' });
  await failed;
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 0],
    [1, 0],
  ]);
  expect(respawns).toEqual([]);
  await supervisor.stop(LIMITS);
});

test('When a later batch fails, earlier slots go back to the generation that they had', async () => {
  const { supervisor, first, restart, present, stranded } = await supervised(3);
  const second = generation(1);
  const spawn: Generation['spawn'] = (boot, events) => {
    if (boot.workerId === 2) throw new Error('no memory');
    return second.spawn(boot, events);
  };
  await expect(restart({ ...second, spawn }, { maxSurge: 1 })).rejects.toThrow('no memory');
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
  ]);
  expect(first.workers.all).toHaveLength(5);
  expect(stranded).toEqual([]);
  expect(supervisor.slots.map((slot) => slot.generation.number)).toEqual([0, 0, 0]);
  await supervisor.stop(LIMITS);
});

test('A slot that cannot go back keeps its new worker, and that is told', async () => {
  const { supervisor, first, restart, present, stranded } = await supervised(2);
  const second = generation(1);
  const spawn: Generation['spawn'] = (boot, events) => {
    first.workers.fails = new Error('no memory for the old one either');
    if (boot.workerId === 1) throw new Error('no memory');
    return second.spawn(boot, events);
  };
  await expect(restart({ ...second, spawn }, { maxSurge: 1 })).rejects.toThrow('no memory');
  expect(stranded.map(({ message }) => message)).toEqual(['no memory for the old one either']);
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  await supervisor.stop(LIMITS);
});

test('A batch drains before the next one boots', async () => {
  const { supervisor, first, restart } = await supervised(2, { exitsOn: ['terminate', 'kill'] });
  const second = generation(1);
  const restarting = restart(second, { maxSurge: 1 });
  await settle();
  expect(second.workers.all).toHaveLength(1);
  expect(first.workers.all.map(({ orders }) => orders)).toEqual([['drain'], []]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(second.workers.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await restarting).map(({ step }) => step)).toEqual(['terminated', 'terminated']);
  await supervisor.stop(LIMITS);
});

test('A slot whose worker has just died is taken over, and its respawn is called off', async () => {
  const { supervisor, first, restart, present } = await supervised(2);
  first.workers.at(1).exit(1);
  expect((await restart(generation(1))).map(({ worker }) => worker.id)).toEqual([0]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(first.workers.all).toHaveLength(2);
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  await supervisor.stop(LIMITS);
});

test('A new generation begins without deaths counted against it', async () => {
  const { supervisor, first, restart, respawns } = await supervised(1);
  for (let death = 0; death < 2; death += 1) {
    first.workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(100);
  }
  const second = generation(1);
  await restart(second);
  for (let death = 0; death < 2; death += 1) {
    second.workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(respawns).toEqual([0, 0, 0, 0]);
  expect(second.workers.all).toHaveLength(3);
  await supervisor.stop(LIMITS);
});

test('The signal kills what boots, and what has taken over stays', async () => {
  const { supervisor, restart, present, closing } = await supervised(2);
  const second = generation(1, { boots: false });
  const failed = expect(restart(second)).rejects.toMatchObject({ name: 'AbortError' });
  await settle();
  closing.abort();
  await failed;
  expect(second.workers.all.map(({ kills, gone }) => [kills, gone])).toEqual([
    [1, true],
    [1, true],
  ]);
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 0],
    [1, 0],
  ]);
  await supervisor.stop(LIMITS);
});

test('A later restart waits for the drain of an earlier one only as maxSurge says', async () => {
  const { supervisor, takeOver, present } = await supervised(2, { exitsOn: ['terminate'] });
  const draining = await takeOver(generation(1, { exitsOn: ['terminate'] }));
  const also = await takeOver(generation(2), { maxSurge: 4 });
  const third = generation(3);
  const waiting = takeOver(third, { maxSurge: 4 });
  await settle();
  expect(third.workers.all).toEqual([]);
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all([draining.departures, also.departures]);
  await (
    await waiting
  ).departures;
  expect(present().map(([id, number]) => [id, number])).toEqual([
    [0, 3],
    [1, 3],
  ]);
  await supervisor.stop(LIMITS);
});

test('A probe that rejects for one worker ends all of them, before one takes connections', async () => {
  const { supervisor, restart, present, takenOver } = await supervised(2);
  const second = generation(1);
  const probed: number[] = [];
  const probe = async ({ id }: { readonly id: number }): Promise<void> => {
    probed.push(id);
    if (id === 1) throw new Error('no database');
  };
  await expect(restart(second, { probe })).rejects.toThrow('no database');
  expect(probed).toEqual([0, 1]);
  expect(takenOver).not.toHaveBeenCalled();
  expect(second.workers.all.map(({ gone }) => gone)).toEqual([true, true]);
  expect(present()).toEqual([
    [0, 0, 'ready', true],
    [1, 0, 'ready', true],
  ]);
  await supervisor.stop(LIMITS);
});
