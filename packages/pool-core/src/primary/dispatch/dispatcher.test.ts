import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { connections, dispatching, FakeWorker } from '../../../test/fixtures/dispatching.ts';

test.each([
  ['least-connections', [1, 2]],
  ['round-robin', [2, 1]],
  ['first-available', [3, 0]],
] as const)('Dispatcher hands out by the scheduler: %s', (policy, shares) => {
  const { connect, first, second } = dispatching({ policy, max: 10 });
  first.activeConnections = 1;
  connect();
  connect();
  connect();
  expect([first.got.length, second.got.length]).toEqual(shares);
});

test('Dispatcher offers nothing to workers that are full, not ready, or accept by themselves', () => {
  const { connect, workers } = dispatching({ workers: 5 });
  const [full, starting, draining, own, free] = workers;
  if (full !== undefined) full.activeConnections = 1;
  if (starting !== undefined) starting.state = 'starting';
  if (draining !== undefined) draining.state = 'draining';
  if (own !== undefined) own.dispatchable = false;
  connect();
  expect(workers.map(({ got }) => got.length)).toEqual([0, 0, 0, 0, 1]);
  expect(free?.activeConnections).toBe(1);
});

test('Dispatcher keeps connections waiting in their order while the pool is full', () => {
  const { dispatcher, connect, close, first, second, full } = dispatching();
  const all = [connect(), connect(), connect(), connect()];
  expect(dispatcher.waiting).toBe(2);
  close(second);
  expect(connections(second)).toEqual([all[1], all[2]]);
  close(first);
  expect(connections(first)).toEqual([all[0], all[3]]);
  expect(dispatcher.waiting).toBe(0);
  expect(full).toEqual([true]);
});

test('Dispatcher tells when it is full and when it is not any more, and only then', () => {
  const { connect, close, first, second, full } = dispatching();
  connect();
  expect(full).toEqual([]);
  connect();
  expect(full).toEqual([true]);
  connect();
  close(first);
  expect(full).toEqual([true]);
  close(second);
  expect(full).toEqual([true, false]);
});

test('Dispatcher without a worker is full from the first update', () => {
  const { full, dispatcher } = dispatching({ workers: 0 });
  expect(full).toEqual([true]);
  expect(dispatcher.full).toBe(true);
});

test('Dispatcher takes connections that come in the middle of onFull', () => {
  const held = [new Socket(), new Socket(), new Socket()];
  const { dispatcher, connect, close, first, full } = dispatching({
    workers: 1,
    onFull: () => {
      // What a listener does when it is unparked: it passes on what it held back.
      while (!dispatcher.full && held.length > 0) dispatcher.dispatch(held.shift() ?? new Socket());
    },
  });
  connect();
  const expected = [...connections(first), ...held];
  for (let round = 0; round < 3; round += 1) close(first);
  expect(connections(first)).toEqual(expected);
  expect(full).toEqual([true, false, true, false, true, false, true]);
  expect(dispatcher.waiting).toBe(0);
});

test('Dispatcher tells of capacity that came free while it told that it is full', () => {
  const { connect, full, first } = dispatching({
    workers: 1,
    onFull: () => {
      // The worker closes a connection before it is told to speak up about that.
      if (full.length === 1) first.activeConnections = 0;
    },
  });
  connect();
  expect(full).toEqual([true, false]);
});

test("Dispatcher lets go of the primary's copy once the worker has accepted, and only once", () => {
  const { dispatcher, connect, first } = dispatching();
  const connection = connect();
  expect(first.released).toEqual([]);
  const [{ connectionId } = { connectionId: -1 }] = first.got;
  dispatcher.accepted(connectionId);
  dispatcher.accepted(connectionId);
  dispatcher.accepted(999);
  expect(first.released).toEqual([connection]);
});

test('Dispatcher gives a refused connection to another worker, ahead of later ones', () => {
  const { dispatcher, connect, close, first, second } = dispatching();
  const [refused, other, later] = [connect(), connect(), connect()];
  expect(connections(second)).toEqual([other]);
  first.state = 'draining';
  first.activeConnections = 0;
  dispatcher.refused(first.got[0]?.connectionId ?? -1);
  expect(dispatcher.waiting).toBe(2);
  close(second);
  expect(connections(second)).toEqual([other, refused]);
  close(second);
  expect(connections(second)).toEqual([other, refused, later]);
});

test('Dispatcher redistributes what a dead worker had not accepted, in the order it came', () => {
  const { dispatcher, connect, first, second, lost } = dispatching({ max: 3 });
  second.activeConnections = 3;
  const [accepted, one, two, later] = [connect(), connect(), connect(), connect()];
  expect(connections(first)).toEqual([accepted, one, two]);
  dispatcher.accepted(first.got[0]?.connectionId ?? -1);
  first.state = 'exited';
  dispatcher.workerGone(first);
  expect(dispatcher.waiting).toBe(3);
  second.activeConnections = 0;
  dispatcher.update();
  expect(connections(second)).toEqual([one, two, later]);
  expect(lost).toEqual([]);
});

test('Dispatcher reports what it cannot take back from a dead worker as lost', () => {
  const { dispatcher, connect, first, second, lost } = dispatching({ max: 2 });
  second.activeConnections = 2;
  const [gone, kept] = [connect(), connect()];
  gone.destroy();
  first.state = 'exited';
  dispatcher.workerGone(first);
  expect(lost).toEqual([0]);
  second.activeConnections = 0;
  dispatcher.update();
  expect(connections(second)).toEqual([kept]);
});

test('Dispatcher goes on to the next worker when one turns out to be gone, and offers it no more', () => {
  const { connect, dispatcher, first, second } = dispatching({ max: 2 });
  first.answer = 'gone';
  const [one, two] = [connect(), connect()];
  expect(connections(second)).toEqual([one, two]);
  first.answer = 'pending';
  connect();
  expect(first.got).toEqual([]);
  expect(dispatcher.waiting).toBe(1);
});

test('Dispatcher keeps a connection when every worker turns out to be gone', () => {
  const { connect, dispatcher, workers } = dispatching();
  for (const worker of workers) worker.answer = 'gone';
  connect();
  expect(dispatcher.waiting).toBe(1);
  const replacement = new FakeWorker(0);
  workers[0] = replacement;
  dispatcher.workersChanged();
  dispatcher.update();
  expect(replacement.got).toHaveLength(1);
});

test('idle() resolves when nothing waits and every handoff is acknowledged', async () => {
  const { connect, dispatcher, first } = dispatching({ workers: 1 });
  await dispatcher.idle();
  const log: string[] = [];
  connect();
  connect();
  const idle = dispatcher.idle().then(() => log.push('idle'));
  dispatcher.accepted(first.got[0]?.connectionId ?? -1);
  await Promise.resolve();
  log.push('first accepted');
  first.activeConnections = 0;
  dispatcher.update();
  await Promise.resolve();
  log.push('second handed over');
  dispatcher.accepted(first.got[1]?.connectionId ?? -1);
  await idle;
  expect(log).toEqual(['first accepted', 'second handed over', 'idle']);
});

test('idle() does not wait for an answer about a connection that was moved', async () => {
  const { connect, dispatcher, first } = dispatching({ workers: 1 });
  first.answer = 'moved';
  connect();
  await dispatcher.idle();
  dispatcher.workerGone(first);
  expect(dispatcher.waiting).toBe(0);
});

test('cutWaiting() destroys what waits, tells how many, and leaves handoffs alone', async () => {
  const { connect, dispatcher, first } = dispatching({ workers: 1 });
  const [handed, ...waiting] = [connect(), connect(), connect()];
  const idle = dispatcher.idle();
  expect(dispatcher.cutWaiting()).toBe(2);
  expect(waiting.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  expect(handed?.destroyed).toBe(false);
  expect(dispatcher.cutWaiting()).toBe(0);
  dispatcher.accepted(first.got[0]?.connectionId ?? -1);
  await idle;
});

test('Dispatcher keeps to the limit of all workers together, those that drain included', () => {
  const { connect, close, dispatcher, first, second } = dispatching({ max: 10, maxConnections: 3 });
  connect();
  first.state = 'draining';
  connect();
  connect();
  connect();
  expect([first.activeConnections, second.activeConnections, dispatcher.waiting]).toEqual([
    1, 2, 1,
  ]);
  close(first);
  expect([second.activeConnections, dispatcher.waiting, dispatcher.full]).toEqual([3, 0, true]);
  close(second);
  expect(dispatcher.full).toBe(false);
});

test('Dispatcher takes a connection that a scheduling function sets off after the one it schedules', () => {
  const held = new Socket();
  let calls = 0;
  const { connect, first, second, dispatcher } = dispatching({
    policy: (workers) => {
      calls += 1;
      if (calls === 1) dispatcher.dispatch(held);
      return workers[0]?.id ?? -1;
    },
  });
  const connection = connect();
  expect([connections(first), connections(second)]).toEqual([[connection], [held]]);
});
