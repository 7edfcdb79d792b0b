import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ManagedWorker } from '../src/primary/supervision/managed-worker.ts';
import { NO_COUNTS } from '../src/protocol/worker-report.ts';
import { deafAudience } from './fixtures/deaf-audience.ts';
import {
  EMPTY_REPORT,
  memoryBoot,
  type MemoryWorker,
  MemoryWorkers,
  type MemoryWorkerScript,
  settle,
} from './fixtures/memory-worker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const ORDER = { reason: 'restart', graceMs: 1_000 } as const;

function managed(script: MemoryWorkerScript = {}, accepting = false, parks = true) {
  const workers = new MemoryWorkers(script);
  const states: string[] = [];
  const worker = new ManagedWorker(
    workers.spawn,
    {
      ...memoryBoot(4),
      accepting,
      parks,
      generation: 0,
      standby: false,
    },
    { bootTimeoutMs: 1_000, audience: deafAudience },
    {
      state: ({ state }) => states.push(state),
    },
  );
  const fake: MemoryWorker = workers.at(4);
  return { worker, fake, states };
}

const report = (counts: Partial<typeof NO_COUNTS>) => ({ ...EMPTY_REPORT, ...counts });

test('ManagedWorker goes from starting to ready to draining to exited, and tells each', async () => {
  const { worker, fake, states } = managed();
  expect([worker.state, worker.nativeId, worker.exit]).toEqual(['starting', 1_000, undefined]);
  await worker.ready;
  worker.drain(ORDER);
  worker.drain(ORDER);
  expect(await worker.exited).toEqual({ code: 0, signal: null, expected: true });
  expect(states).toEqual(['ready', 'draining', 'exited']);
  // The second order may be a quicker one.
  expect(fake.orders).toEqual(['drain', 'drain']);
});

test('ManagedWorker never goes back: orders after a harsher one are not sent', async () => {
  const { worker, fake } = managed({ exitsOn: ['kill'] });
  await worker.ready;
  worker.terminate();
  worker.drain(ORDER);
  worker.terminate();
  expect(fake.orders).toEqual(['terminate']);
  worker.kill();
  expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL', expected: true });
});

test.each([
  ['with an exit code', 3, null],
  ['by a signal', null, 'SIGSEGV' as const],
])('An exit that nobody asked for is unexpected: %s', async (_, code, signal) => {
  const { worker, fake } = managed();
  await worker.ready;
  fake.exit(code, signal);
  expect(await worker.exited).toEqual({ code, signal, expected: false });
  expect(worker.readyForMs()).toBe(0);
});

test('ManagedWorker rejects ready with how a worker ended before it was ready', async () => {
  const { worker, fake } = managed({ boots: false });
  fake.exit(3);
  await expect(worker.ready).rejects.toMatchObject({
    code: 'ERR_WORKER_BOOT',
    workerId: 4,
    message:
      'Cannot start worker 4: it ended with exit code 3 and gave no reason: see what it printed',
  });
});

test('ManagedWorker rejects ready with what the handler module threw, as the cause', async () => {
  const { worker, fake } = managed({ boots: false });
  const error = { name: 'Error', message: 'no database', stack: undefined, code: 'ERR_NO_DB' };
  fake.say({ type: 'bootFailed', error });
  fake.exit(1);
  await expect(worker.ready).rejects.toMatchObject({
    message: 'Cannot start worker 4: no database',
    cause: { code: 'ERR_NO_DB' },
  });
  expect(worker.exit?.expected).toBe(false);
});

test('ManagedWorker kills a worker that is not ready in time; that counts as a death of its own', async () => {
  const { worker, fake } = managed({ boots: false });
  const refused = expect(worker.ready).rejects.toMatchObject({ code: 'ERR_WORKER_BOOT_TIMEOUT' });
  await vi.advanceTimersByTimeAsync(999);
  expect(fake.kills).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  await refused;
  expect(fake.kills).toBe(1);
  expect(await worker.exited).toMatchObject({ signal: 'SIGKILL', expected: false });
  expect(worker.lastError).toMatchObject({ code: 'ERR_WORKER_BOOT_TIMEOUT' });
});

test('A worker that was told to go while it started does not become ready', async () => {
  const { worker, fake, states } = managed({ boots: false, exitsOn: ['terminate'] });
  const refused = expect(worker.ready).rejects.toMatchObject({ code: 'ERR_WORKER_BOOT' });
  worker.drain(ORDER);
  fake.say({ type: 'ready' });
  expect(worker.state).toBe('draining');
  worker.terminate();
  expect(await worker.exited).toMatchObject({ expected: true });
  await refused;
  expect(states).toEqual(['draining', 'terminating', 'exited']);
});

test('report() gives the answer to its own question', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  const [first, second] = [worker.report(500), worker.report(500)];
  expect(fake.sent).toEqual([
    { type: 'report', requestId: 0 },
    { type: 'report', requestId: 1 },
  ]);
  fake.say({ type: 'report', requestId: 1, report: report({ messages: 2 }) });
  fake.say({ type: 'report', requestId: 0, report: report({ messages: 1 }) });
  expect((await first)?.messages).toBe(1);
  expect((await second)?.messages).toBe(2);
  fake.exit(0);
});

test('report() gives up on a worker that does not answer, one that is starting, and one that ends', async () => {
  const { worker, fake } = managed();
  expect(await worker.report(500)).toBeUndefined();
  await worker.ready;
  const unanswered = worker.report(500);
  await vi.advanceTimersByTimeAsync(500);
  expect(await unanswered).toBeUndefined();
  const interrupted = worker.report(500);
  fake.exit(1);
  expect(await interrupted).toBeUndefined();
  expect(await worker.report(500)).toBeUndefined();
});

test('ManagedWorker counts the connections it hands over until they close or are refused', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  for (const id of [1, 2, 3]) expect(worker.handoff(id, new Socket(), 0)).toBe('pending');
  expect(worker.activeConnections).toBe(3);
  for (const connectionId of [1, 3]) fake.say({ type: 'accepted', connectionId });
  fake.say({ type: 'closed', connectionId: 1 });
  fake.say({ type: 'refused', connectionId: 2 });
  // A report may be older than a handoff, so it does not change what the primary counts.
  fake.say({ type: 'report', report: report({ activeConnections: 9 }) });
  expect(worker.activeConnections).toBe(1);
  fake.exit(1);
  expect(worker.cutConnections).toBe(1);
  expect(worker.handoff(4, new Socket(), 0)).toBe('gone');
  expect(worker.activeConnections).toBe(1);
});

test('A connection that a dead worker had not accepted is not among those that its end cut', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  for (const id of [1, 2, 3]) worker.handoff(id, new Socket(), 0);
  fake.say({ type: 'accepted', connectionId: 2 });
  fake.exit(1);
  expect(worker.cutConnections).toBe(1);
});

test('ManagedWorker knows the load of a worker that accepts by itself from its reports', async () => {
  const { worker, fake } = managed({}, true);
  await worker.ready;
  expect(worker.dispatchable).toBe(false);
  fake.say({ type: 'report', report: report({ activeConnections: 7, totalConnections: 9 }) });
  expect([worker.activeConnections, worker.counts.totalConnections]).toEqual([7, 9]);
  fake.say({ type: 'acceptingStopped', report: report({ activeConnections: 6 }) });
  expect((await worker.acceptingStopped).activeConnections).toBe(6);
  expect(worker.dispatchable).toBe(true);
  fake.say({ type: 'closed', connectionId: undefined });
  expect(worker.activeConnections).toBe(5);
  fake.say({ type: 'exiting', report: report({}), cutConnections: 2 });
  expect(worker.cutConnections).toBe(0);
  fake.exit(0);
  expect(worker.cutConnections).toBe(2);
});

test('acceptingStopped resolves to the last known counters when the worker is gone', async () => {
  const { worker, fake } = managed({}, true);
  await worker.ready;
  fake.say({ type: 'report', report: report({ totalConnections: 3 }) });
  fake.exit(1);
  expect((await worker.acceptingStopped).totalConnections).toBe(3);
});

test('Shared memory tells more than messages do', async () => {
  const wanted: boolean[] = [];
  const { worker, fake } = managed({
    handoff: 'moved',
    shared: {
      activeConnections: () => 5,
      counts: () => ({ ...NO_COUNTS, messages: 8 }),
      unaccepted: () => 2,
      heartbeatAgeMs: () => 17,
      eventLoopUtilization: () => 0.5,
      heartbeats: () => 1,
      wantCapacity: (want) => wanted.push(want),
    },
  });
  await worker.ready;
  worker.wantCapacity(true);
  expect(wanted).toEqual([true]);
  expect(worker.activeConnections).toBe(5);
  expect(worker.counts.messages).toBe(8);
  expect(worker.heartbeatAgeMs).toBe(17);
  expect(worker.eventLoopUtilization).toBe(0.5);
  fake.exit(1);
  expect([worker.unacceptedConnections, worker.cutConnections]).toEqual([2, 3]);
});

test('ManagedWorker keeps the last uncaught error for its owner', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  const error = new Error('out of memory');
  fake.fail(error);
  fake.exit(1);
  expect(worker.lastError).toBe(error);
  await settle();
});

test('10,000 reports leave nothing behind that waits for the exit of the worker', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  const then = vi.spyOn(worker.exited, 'then');
  for (let requestId = 0; requestId < 10_000; requestId += 1) {
    const answer = worker.report(500);
    fake.say({ type: 'report', requestId, report: EMPTY_REPORT });
    expect(await answer).toBe(EMPTY_REPORT);
  }
  expect(then).not.toHaveBeenCalled();
  fake.exit(0);
});

test('A worker that accepts by itself parks while it is held or the pool is paused', async () => {
  const { worker, fake } = managed({}, true);
  await worker.ready;
  worker.hold();
  worker.hold();
  worker.setPaused(true);
  worker.setPaused(false);
  expect(fake.orders).toEqual(['pause']);
  worker.setPaused(true);
  worker.serveAgain();
  expect(fake.orders).toEqual(['pause']);
  worker.setPaused(false);
  expect(fake.orders).toEqual(['pause', 'resume']);
  fake.exit(0);
});

test('A worker that is handed connections gets none while it is held', async () => {
  const { worker, fake } = managed();
  await worker.ready;
  worker.hold();
  expect(worker.dispatchable).toBe(false);
  worker.serveAgain();
  expect(worker.dispatchable).toBe(true);
  worker.killForCause(new Error('stuck'));
  worker.hold();
  worker.serveAgain();
  expect(worker.dispatchable).toBe(false);
  await worker.exited;
  expect(fake.orders).toEqual([]);
});

test('A worker that cannot park accepts on while it is held', async () => {
  const { worker, fake } = managed({}, true, false);
  await worker.ready;
  worker.hold();
  worker.serveAgain();
  expect(fake.orders).toEqual([]);
  fake.exit(0);
});
