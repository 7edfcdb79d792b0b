import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { FAKE_ADDRESS, FakeAcceptor } from './fixtures/fake-acceptor.ts';
import { fakeTime, pooled } from './fixtures/memory-pool.ts';
import { settle, until } from './fixtures/memory-worker.ts';

fakeTime();

test('close() during listen() makes it reject with PoolClosedError and spawns nothing', async () => {
  const opening = Promise.withResolvers<AddressInfo>();
  const { pool, workers, acceptor } = pooled({
    acceptor: new FakeAcceptor(false, opening.promise),
  });
  const failed = expect(pool.listen()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  await settle();
  await pool.close();
  opening.resolve(FAKE_ADDRESS);
  await failed;
  expect(workers.all).toEqual([]);
  expect(acceptor.calls.at(-1)).toBe('close');
  expect([pool.state, pool.address]).toEqual(['closed', undefined]);
});

test('close() before listen() closes, and listen() rejects then', async () => {
  const { pool, acceptor, events } = pooled();
  await pool.close();
  await expect(pool.listen()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  expect(acceptor.calls).toEqual([]);
  expect(events).toEqual(['closing', 'closed']);
});

test('close() refuses a grace period that is no duration, and does not close', async () => {
  const { pool } = pooled();
  expect(() => pool.close({ graceMs: Number.NaN })).toThrow(RangeError);
  expect(() => pool.close({ graceMs: '5' as unknown as number })).toThrow(
    new TypeError("Option graceMs must be a number, got '5'"),
  );
  expect(pool.state).toBe('idle');
});

test('close() waits for the open connections, then cuts at the end of the grace period', async () => {
  const { pool, acceptor, workers } = pooled({ script: { exitsOn: ['terminate'] } });
  await pool.listen();
  await acceptor.connect();
  workers.at(0).say({ type: 'accepted', connectionId: 0 });
  const closing = pool.close({ graceMs: 1_000 });
  // The backlog is watched in real turns of the event loop.
  await until(() => workers.at(0).orders.includes('drain'));
  await vi.advanceTimersByTimeAsync(999);
  expect(workers.at(0).orders).not.toContain('terminate');
  await vi.advanceTimersByTimeAsync(1);
  expect(await closing).toMatchObject({
    cutConnections: 1,
    durationMs: 1_000,
    workers: { terminated: 2 },
  });
});

test('close() cuts and counts the connections that found no worker in time', async () => {
  const { pool, acceptor, workers } = pooled({ workers: 1, script: { exitsOn: ['terminate'] } });
  await pool.listen();
  await acceptor.connect();
  workers.at(0).say({ type: 'accepted', connectionId: 0 });
  const waiting = [await acceptor.connect(), await acceptor.connect()];
  const closing = pool.close({ graceMs: 1_000 });
  await until(() => acceptor.calls.at(-1) === 'close');
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await closing).cutConnections).toBe(3);
  expect(waiting.map(({ destroyed }) => destroyed)).toEqual([true, true]);
});

test('destroy() kills at once, in the middle of a close() as well', async () => {
  const { pool, acceptor, workers } = pooled({ script: { exitsOn: ['kill'] } });
  await pool.listen();
  await acceptor.connect();
  const closing = pool.close({ graceMs: Infinity });
  const destroyed = pool.destroy();
  expect(await destroyed).toBe(await closing);
  expect(workers.all.map(({ kills }) => kills)).toEqual([1, 1]);
  expect(await closing).toMatchObject({ workers: { killed: 2 } });
});

test.each(['kill', 'nothing'] as const)(
  'destroy() cuts and counts the connections whose workers had not accepted them yet (workers end on %s)',
  async (order) => {
    const exitsOn = order === 'kill' ? [order] : [];
    const { pool, acceptor } = pooled({ script: { exitsOn }, shutdown: { killMs: 100 } });
    await pool.listen();
    const connections = [await acceptor.connect(), await acceptor.connect()];
    const destroyed = pool.destroy();
    await settle();
    await vi.advanceTimersByTimeAsync(100);
    expect((await destroyed).cutConnections).toBe(2);
    expect(connections.map((connection) => connection.destroyed)).toEqual([true, true]);
  },
);

test.each(['close', 'destroy'] as const)(
  'A listener to closing may call %s() itself, and gets the same promise',
  async (verb) => {
    const { pool, events } = pooled();
    await pool.listen();
    const inside: Promise<unknown>[] = [];
    pool.once('closing', () => inside.push(pool[verb]()));
    const closing = pool.close();
    expect(inside).toEqual([closing]);
    await closing;
    expect(events.filter((event) => event === 'closed')).toHaveLength(1);
  },
);

test('close() ends the workers also when the primary cannot take over the listening', async () => {
  const acceptor = new FakeAcceptor(true);
  vi.spyOn(acceptor, 'takeOver').mockRejectedValue(new Error('listen EMFILE'));
  const { pool, workers, log } = pooled({ acceptor });
  await pool.listen();
  expect((await pool.close()).workers.drained).toBe(2);
  expect([pool.state, acceptor.calls.at(-1)]).toEqual(['closed', 'close']);
  expect(workers.all.map(({ orders }) => orders)).toEqual([
    ['stopAccepting', 'drain'],
    ['stopAccepting', 'drain'],
  ]);
  expect(log).toEqual(['Cannot take over the clients in the backlog: listen EMFILE']);
});

test('close() stops accepting at the end of the grace period, however many clients go on coming', async () => {
  const { pool, acceptor } = pooled();
  await pool.listen();
  let accepted = 0;
  // Every time it is asked, a millisecond has gone by and one more has come.
  Object.defineProperty(acceptor, 'accepted', {
    get: () => {
      vi.advanceTimersByTime(1);
      accepted += 1;
      return accepted;
    },
  });
  await pool.close({ graceMs: 20 });
  expect(accepted).toBeGreaterThan(15);
  expect(accepted).toBeLessThan(40);
});
