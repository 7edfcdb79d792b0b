import { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type DispatchableWorker, Dispatcher } from './dispatcher.ts';
import {
  type OverloadOptions,
  resolveOverloadOptions,
  type ShedReason,
} from '../../options/overload-options.ts';
import type { SchedulingPolicy } from '../../options/scheduling-options.ts';
import { createScheduler } from '../scheduling/scheduling.ts';
import type { HandoffResult } from '../../protocol/worker-handle.ts';
import { NO_COUNTS } from '../../protocol/worker-report.ts';
import type { SchedulingFunction } from '../scheduling/worker-view.ts';
import type { WorkerState } from '../../protocol/worker-state.ts';

/** A worker that takes what it gets and says nothing by itself. */
class FakeWorker implements DispatchableWorker {
  readonly id: number;
  state: WorkerState = 'ready';
  dispatchable = true;
  activeConnections = 0;
  readonly counts = NO_COUNTS;
  readonly eventLoopUtilization = 0;
  readonly handedSinceSample = 0;
  readonly heartbeatAgeMs = 0;
  answer: HandoffResult = 'pending';
  readonly got: { readonly connectionId: number; readonly connection: Socket }[] = [];
  readonly released: Socket[] = [];

  constructor(id: number) {
    this.id = id;
  }

  handoff(connectionId: number, connection: Socket): HandoffResult {
    if (this.answer === 'gone') return 'gone';
    this.got.push({ connectionId, connection });
    this.activeConnections += 1;
    return this.answer;
  }

  release(connection: Socket): void {
    this.released.push(connection);
  }

  canReclaim(connection: Socket): boolean {
    return !connection.destroyed;
  }
}

function dispatching(
  options: {
    workers?: number;
    max?: number;
    maxConnections?: number;
    overload?: OverloadOptions;
    policy?: SchedulingPolicy | SchedulingFunction;
    onFull?: () => void;
    canHandOff?: () => boolean;
  } = {},
) {
  const workers = Array.from({ length: options.workers ?? 2 }, (_, id) => new FakeWorker(id));
  const lost: number[] = [];
  const shed: [Socket, ShedReason, number][] = [];
  const full: boolean[] = [];
  const dispatcher = new Dispatcher({
    maxConnectionsPerWorker: options.max ?? 1,
    schedule: createScheduler(options.policy ?? 'least-connections'),
    workers: () => workers,
    canHandOff: options.canHandOff ?? (() => true),
    onFull: () => {
      full.push(dispatcher.full);
      options.onFull?.();
    },
    maxConnections: options.maxConnections ?? Infinity,
    overload: resolveOverloadOptions(options.overload),
    onShed: (connection, reason, waitedMs) => shed.push([connection, reason, waitedMs]),
    onLost: (worker) => lost.push(worker.id),
  });
  dispatcher.update();
  const connect = (): Socket => {
    const connection = new Socket();
    dispatcher.dispatch(connection);
    return connection;
  };
  const close = (worker: FakeWorker | undefined): void => {
    if (worker !== undefined) worker.activeConnections -= 1;
    dispatcher.update();
  };
  const [first = new FakeWorker(0), second = new FakeWorker(1)] = workers;
  return { dispatcher, workers, first, second, lost, shed, full, connect, close };
}

const connections = (worker: FakeWorker): Socket[] =>
  worker.got.map(({ connection }) => connection);

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

test('Dispatcher reporter capacity that came free while it told that it is full', () => {
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

test('Dispatcher that rejects sheds the newest when more wait than may', () => {
  const overload = { policy: 'reject', maxQueuedConnections: 2 } as const;
  const { connect, close, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const all = [connect(), connect(), connect(), connect(), connect()];
  expect(shed.map(([connection, reason]) => [connection, reason])).toEqual([
    [all[3], 'queue-full'],
    [all[4], 'queue-full'],
  ]);
  expect(dispatcher.waiting).toBe(2);
  close(first);
  close(first);
  expect(connections(first)).toEqual(all.slice(0, 3));
  dispatcher.cutWaiting();
});

test('Dispatcher that drops the oldest sheds it when more wait than may', () => {
  const overload = { policy: 'drop-oldest', maxQueuedConnections: 2 } as const;
  const { connect, close, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const all = [connect(), connect(), connect(), connect(), connect()];
  expect(shed.map(([connection, reason]) => [connection, reason])).toEqual([
    [all[1], 'dropped-oldest'],
    [all[2], 'dropped-oldest'],
  ]);
  close(first);
  close(first);
  expect(connections(first)).toEqual([all[0], all[3], all[4]]);
  dispatcher.cutWaiting();
});

test('Dispatcher without a queue sheds what finds no free capacity, and nothing else', () => {
  const overload = { policy: 'reject', maxQueuedConnections: 0 } as const;
  const { connect, first, second, shed } = dispatching({ overload });
  const all = [connect(), connect(), connect()];
  expect([...connections(first), ...connections(second)]).toEqual(all.slice(0, 2));
  expect(shed.map(([connection]) => connection)).toEqual([all[2]]);
});

test('Dispatcher sheds each connection when it has waited for long enough', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const overload = { policy: 'reject', queueTimeoutMs: 100 } as const;
  const { connect, close, first, shed } = dispatching({ workers: 1, overload });
  connect();
  const early = connect();
  vi.advanceTimersByTime(60);
  const [late, served] = [connect(), connect()];
  vi.advanceTimersByTime(39);
  expect(shed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(shed).toEqual([[early, 'queue-timeout', 100]]);
  close(first);
  expect(connections(first)).toContain(late);
  vi.advanceTimersByTime(59);
  close(first);
  expect(connections(first)).toContain(served);
  expect(shed).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('Dispatcher does not give a connection that was refused more time than others', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const overload = { policy: 'reject', queueTimeoutMs: 100 } as const;
  const { connect, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const connection = connect();
  vi.advanceTimersByTime(70);
  first.state = 'draining';
  dispatcher.refused(first.got[0]?.connectionId ?? -1);
  vi.advanceTimersByTime(30);
  expect(shed).toEqual([[connection, 'queue-timeout', 100]]);
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

test('Dispatcher keeps a connection that cannot be handed over until it can, and others behind it', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let can = false;
  const { dispatcher, connect, close, first } = dispatching({ workers: 1, canHandOff: () => can });
  // The listener has seen to those that have just come.
  const all = [connect(), connect(), connect()];
  expect(connections(first)).toEqual([all[0]]);
  close(first);
  vi.advanceTimersByTime(1_000);
  expect([connections(first), dispatcher.waiting]).toEqual([[all[0]], 2]);
  can = true;
  vi.advanceTimersByTime(1_000);
  expect(connections(first)).toEqual([all[0], all[1]]);
  close(first);
  expect(connections(first)).toEqual(all);
  expect(vi.getTimerCount()).toBe(0);
});
