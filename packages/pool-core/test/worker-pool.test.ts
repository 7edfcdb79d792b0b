import { expect, onTestFinished, test, vi } from 'vitest';
import { FAKE_ADDRESS, FakeAcceptor } from './fixtures/fake-acceptor.ts';
import { fakeTime, pooled } from './fixtures/memory-pool.ts';
import { EMPTY_REPORT, settle, until } from './fixtures/memory-worker.ts';
import type { SharedWorkerState } from '../src/protocol/worker-handle.ts';
import { NO_COUNTS } from '../src/protocol/worker-report.ts';

fakeTime();

test('A pool goes from idle to starting to listening to closing to closed, with its events in order', async () => {
  const { pool, events, acceptor } = pooled();
  expect([pool.state, pool.address]).toEqual(['idle', undefined]);
  const listening = pool.listen({ port: 4_711 });
  expect(pool.state).toBe('starting');
  expect(await listening).toBe(FAKE_ADDRESS);
  expect([pool.state, pool.address]).toEqual(['listening', FAKE_ADDRESS]);
  const closing = pool.close();
  expect(pool.state).toBe('closing');
  expect(await closing).toMatchObject({
    drainedConnections: 0,
    cutConnections: 0,
    workers: { drained: 2, terminated: 0, killed: 0, abandoned: 0 },
  });
  expect([pool.state, pool.address]).toEqual(['closed', undefined]);
  expect(events).toEqual([
    'workerReady',
    'workerReady',
    'listening',
    'closing',
    'workerExit',
    'workerExit',
    'closed',
  ]);
  expect(acceptor.calls).toEqual(['open', 'listen', 'unpark', 'takeOver', 'close']);
});

test('Every verb is idempotent', async () => {
  const { pool, events, workers } = pooled({ acceptor: new FakeAcceptor(true) });
  expect(pool.listen()).toBe(pool.listen());
  await pool.listen();
  for (const verb of ['pause', 'pause', 'resume', 'resume', 'pause'] as const) pool[verb]();
  expect(workers.at(1).orders).toEqual(['pause', 'resume', 'pause']);
  const closing = pool.close();
  expect(pool.close({ graceMs: 5 })).toBe(closing);
  expect(pool.destroy()).toBe(closing);
  const report = await closing;
  expect(await pool.close()).toBe(report);
  pool.pause();
  pool.resume();
  expect(events.filter((event) => event === 'closed')).toHaveLength(1);
  expect(events.filter((event) => event === 'closing')).toHaveLength(1);
});

test('A pool hands connections to its workers and stops accepting while they are full', async () => {
  const { pool, acceptor, workers } = pooled();
  await pool.listen();
  await acceptor.connect();
  await acceptor.connect();
  expect(acceptor.calls).toEqual(['open', 'listen', 'unpark', 'park']);
  const late = await acceptor.connect();
  expect((await Promise.all([pool.stats(), vi.advanceTimersByTimeAsync(2_000)]))[0]).toMatchObject({
    state: 'listening',
    waitingConnections: 1,
    lostConnections: 0,
  });
  const [first] = workers.at(0).handedOver;
  workers.at(0).say({ type: 'accepted', connectionId: first?.connectionId ?? -1 });
  workers.at(0).say({ type: 'closed', connectionId: first?.connectionId });
  expect(workers.at(0).released).toEqual([first?.connection]);
  expect(workers.at(0).handedOver.at(-1)?.connection).toBe(late);
  expect(acceptor.calls).toEqual(['open', 'listen', 'unpark', 'park']);
  workers.at(1).say({ type: 'closed', connectionId: undefined });
  expect(acceptor.calls).toEqual(['open', 'listen', 'unpark', 'park', 'unpark']);
});

test('Workers that share memory say nothing of a close but while the pool is full', async () => {
  let activeConnections = 0;
  let wanted: boolean | undefined;
  const shared: SharedWorkerState = {
    activeConnections: () => activeConnections,
    counts: () => NO_COUNTS,
    unaccepted: () => 0,
    heartbeatAgeMs: () => 0,
    eventLoopUtilization: () => 0,
    heartbeats: () => 1,
    wantCapacity: (want) => {
      wanted = want;
    },
  };
  const script = { shared, handoff: 'moved' } as const;
  const { pool, acceptor, workers } = pooled({ script });
  await pool.listen();
  expect(wanted).toBe(false);
  activeConnections = 1;
  await acceptor.connect();
  expect(wanted).toBe(true);
  activeConnections = 0;
  workers.at(0).say({ type: 'closed', connectionId: 0 });
  expect(wanted).toBe(false);
  // A replacement speaks up until it is told not to; the pool was not full meanwhile.
  wanted = undefined;
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(workers.all).toHaveLength(3);
  expect(wanted).toBe(false);
});

test('A paused pool goes on serving, and does not accept when a slot comes free', async () => {
  const { pool, acceptor, workers } = pooled({ workers: 1 });
  await pool.listen();
  await acceptor.connect();
  pool.pause();
  workers.at(0).say({ type: 'closed', connectionId: 0 });
  expect(acceptor.calls.filter((call) => call === 'unpark')).toHaveLength(1);
  pool.resume();
  expect(acceptor.calls.at(-1)).toBe('unpark');
});

test('A dead worker is replaced, and what it had not accepted goes to another', async () => {
  const { pool, acceptor, workers, events } = pooled();
  await pool.listen();
  const connection = await acceptor.connect();
  await acceptor.connect();
  workers.at(0).exit(1);
  expect(workers.at(1).handedOver).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(workers.at(0).handedOver).toMatchObject([{ connection }]);
  expect(events.slice(3)).toEqual(['workerExit', 'workerRespawn', 'workerReady']);
  workers.at(0).say({ type: 'accepted', connectionId: 2 });
});

test('The counters of dead workers stay in the total', async () => {
  const { pool, workers } = pooled();
  await pool.listen();
  workers.at(0).say({
    type: 'report',
    report: { ...EMPTY_REPORT, messages: 5, totalConnections: 3, activeConnections: 2 },
  });
  workers.at(0).exit(1);
  const [stats] = await Promise.all([pool.stats(), vi.advanceTimersByTimeAsync(2_000)]);
  expect(stats.total).toMatchObject({ messages: 5, totalConnections: 3, activeConnections: 0 });
  expect(stats.respawns).toBe(1);
});

test('listen() that fails to take the address leaves nothing, and closes the pool', async () => {
  const taken = Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
  const acceptor = new FakeAcceptor(false, Promise.reject(taken));
  const { pool, workers, events } = pooled({ acceptor });
  const listening = pool.listen();
  await expect(listening).rejects.toBe(taken);
  expect(pool.state).toBe('closed');
  expect(workers.all).toEqual([]);
  expect(acceptor.calls).toEqual(['open', 'close']);
  expect(events).toEqual(['closing', 'closed']);
  await expect(pool.listen()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
});

test('listen() that fails because one worker does not boot ends the others and gives the address up', async () => {
  const { pool, workers, acceptor } = pooled({ script: { boots: false }, bootTimeoutMs: 50 });
  const failed = expect(pool.listen()).rejects.toMatchObject({ code: 'ERR_WORKER_BOOT_TIMEOUT' });
  await settle();
  workers.at(0).say({ type: 'ready' });
  await vi.advanceTimersByTimeAsync(50);
  await failed;
  expect(workers.all.map(({ gone }) => gone)).toEqual([true, true]);
  expect(acceptor.calls).toEqual(['open', 'close']);
  expect([pool.state, pool.address]).toEqual(['closed', undefined]);
});

test('After ten seconds the log names a worker that is not ready, once for all that load the same', async () => {
  const { pool, log } = pooled({ script: { boots: false }, bootTimeoutMs: 60_000 });
  const failed = expect(pool.listen()).rejects.toMatchObject({ code: 'ERR_WORKER_BOOT_TIMEOUT' });
  await settle();
  await vi.advanceTimersByTimeAsync(9_999);
  expect(log).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  const told = [
    "Worker 0 is not ready after 10000 ms: see what 'none:' awaits, or whether it calls listen(); it is given up after 60000 ms (bootTimeoutMs)",
  ];
  expect(log).toEqual(told);
  // Nor does a count of the others follow.
  await vi.advanceTimersByTimeAsync(49_999);
  expect(log).toEqual(told);
  await vi.advanceTimersByTimeAsync(1);
  await failed;
});

test('A crash loop closes the pool and is told by an error event, after closed', async () => {
  const { pool, workers, events, log } = pooled({ workers: 1 });
  await pool.listen();
  const { promise: failed, resolve } = Promise.withResolvers<Error>();
  pool.on('error', (error) => {
    events.push('error');
    resolve(error);
  });
  for (let death = 0; death < 3; death += 1) {
    workers.at(0).exit(7);
    if (death < 2) await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(await failed).toMatchObject({ code: 'ERR_CRASH_LOOP', crashes: 3 });
  expect(events.slice(-3)).toEqual(['closing', 'closed', 'error']);
  expect(log).toEqual([
    'Worker 0 ended with exit code 7 and gave no reason: see what it printed; it is replaced',
    'Worker 0 ended with exit code 7 and gave no reason: see what it printed; it is replaced (2 more like this so far)',
    'Worker 0 died 3 times in a row (last: with exit code 7); the pool has closed; fix the cause; respawn.maxConsecutiveCrashes says when a pool gives up',
  ]);
});

test('A pool closes when no connection has come for acceptIdleTimeoutMs, and says so first', async () => {
  const { pool, events } = pooled({ acceptIdleTimeoutMs: 1_000, workers: 1 });
  await pool.listen();
  // One second, and two for the worker that does not answer.
  await vi.advanceTimersByTimeAsync(3_000);
  await pool.close();
  expect(events).toEqual([
    'workerReady',
    'listening',
    'acceptIdle',
    'closing',
    'workerExit',
    'closed',
  ]);
});

test('Log entries and handler errors of workers reach the logger and the event', async () => {
  const { pool, workers, log } = pooled();
  const told: unknown[] = [];
  pool.on('handlerError', (error, worker) => told.push(error.message, worker));
  await pool.listen();
  workers.at(1).say({ type: 'log', level: 'info', message: 'hello', fields: undefined });
  const error = { name: 'Error', message: 'broken', stack: undefined, code: undefined };
  workers.at(1).say({ type: 'handlerError', error });
  expect(log).toEqual([
    'hello',
    'Worker 1: a handler failed, and its connection was cut: Error: broken (no stack: throw an Error to get one)',
  ]);
  expect(told).toEqual(['broken', { workerId: 1, nativeId: 1_001, generation: 0, state: 'ready' }]);
});

test.each([
  'workerReady',
  'listening',
  'workerExit',
  'workerRespawn',
  'handlerError',
  'closing',
  'closed',
] as const)(
  'A listener to %s that throws ends in an uncaught exception, and changes nothing for the pool',
  async (event) => {
    const uncaught: unknown[] = [];
    const runner = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of runner) process.on('uncaughtException', listener);
    });
    const { pool, workers } = pooled();
    const thrown = new Error(`thrown by a listener to ${event}`);
    pool.once(event, () => {
      throw thrown;
    });
    await pool.listen();
    const record = { name: 'Error', message: 'broken', stack: undefined, code: undefined };
    workers.at(0).say({ type: 'handlerError', error: record });
    workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(100);
    const report = await pool.close();
    expect(report.workers.drained).toBe(2);
    expect([pool.state, workers.all.length]).toEqual(['closed', 3]);
    await until(() => uncaught.length > 0);
    expect(uncaught).toEqual([thrown]);
  },
);

test('A worker that is spawned while the pool is paused accepts nothing from its start', async () => {
  const { pool, workers } = pooled({ acceptor: new FakeAcceptor(true) });
  await pool.listen();
  pool.pause();
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(workers.all.map(({ boot }) => boot.paused)).toEqual([false, false, true]);
  pool.resume();
  expect(workers.at(0).orders).toEqual(['resume']);
});
