import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RespawnOptions } from '../src/options/workers/respawn-options.ts';
import { CrashLoopError } from '../src/errors/errors.ts';
import { Supervisor } from '../src/primary/supervision/supervisor.ts';
import { deafAudience } from './fixtures/deaf-audience.ts';
import { generation } from './fixtures/memory-generations.ts';
import { EMPTY_REPORT, type MemoryWorkerScript, settle } from './fixtures/memory-worker.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const LIMITS = { graceMs: 100, terminateMs: 20, killMs: 10 };

function supervised(
  options: { workers?: number; respawn?: RespawnOptions } & MemoryWorkerScript = {},
) {
  const { workers: count = 2, respawn, ...script } = options;
  const first = generation(0, script);
  const { workers } = first;
  const states: string[] = [];
  const respawns: [workerId: number, delayMs: number, crashes: number][] = [];
  const crashLoops: CrashLoopError[] = [];
  const broken: [workerId: number, crashes: number][] = [];
  const spawnFailures: [message: string, attempts: number, delayMs: number][] = [];
  const supervisor = new Supervisor(
    {
      workers: count,
      bootTimeoutMs: 1_000,
      audience: deafAudience,
      respawn: {
        initialDelayMs: 100,
        maxDelayMs: 10_000,
        maxConsecutiveCrashes: 4,
        stableAfterMs: 30_000,
        ...respawn,
      },
      generation: first,
    },
    {
      state: ({ id, state }) => states.push(`${id} ${state}`),
      respawn: (...respawned) => respawns.push(respawned),
      spawnFailed: ({ message }, ...how) => spawnFailures.push([message, ...how]),
      slotBroken: ({ workerId, crashes }) => broken.push([workerId, crashes]),
      crashLoop: (error) => crashLoops.push(error),
    },
  );
  return { supervisor, workers, states, respawns, crashLoops, broken, spawnFailures };
}

test('start() resolves when every worker is ready, not before', async () => {
  const { supervisor, workers } = supervised({ boots: false });
  const started = vi.fn<() => void>();
  const starting = supervisor.start().then(started);
  workers.at(0).say({ type: 'ready' });
  await settle();
  expect(started).not.toHaveBeenCalled();
  workers.at(1).say({ type: 'ready' });
  await starting;
  expect(supervisor.workers.map(({ id, state }) => [id, state])).toEqual([
    [0, 'ready'],
    [1, 'ready'],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

test('start() rejects when a worker is not ready in time, which is killed and not replaced', async () => {
  const { supervisor, workers, respawns } = supervised({ boots: false });
  const failed = expect(supervisor.start()).rejects.toMatchObject({
    code: 'ERR_WORKER_BOOT_TIMEOUT',
  });
  workers.at(0).say({ type: 'ready' });
  await vi.advanceTimersByTimeAsync(1_000);
  await failed;
  expect(workers.all.map(({ kills }) => kills)).toEqual([0, 1]);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(workers.all).toHaveLength(2);
  expect(respawns).toEqual([]);
  await supervisor.stop(LIMITS);
});

test('A worker that dies is replaced after a backoff that grows from death to death', async () => {
  const { supervisor, workers, respawns } = supervised();
  await supervisor.start();
  for (const delayMs of [50, 100, 200]) {
    const dead = workers.at(1);
    dead.exit(1);
    expect(supervisor.workers.map(({ id }) => id)).toEqual([0]);
    await vi.advanceTimersByTimeAsync(delayMs - 1);
    expect(workers.at(1)).toBe(dead);
    await vi.advanceTimersByTimeAsync(1);
    expect(workers.at(1)).not.toBe(dead);
    expect(supervisor.workers.map(({ id, state }) => [id, state])).toEqual([
      [0, 'ready'],
      [1, 'ready'],
    ]);
  }
  expect(respawns).toEqual([
    [1, 50, 1],
    [1, 100, 2],
    [1, 200, 3],
  ]);
  expect(supervisor.respawns).toBe(3);
});

test('A worker that was ready for stableAfterMs begins a new row of deaths', async () => {
  const { supervisor, workers, respawns } = supervised({ workers: 1 });
  await supervisor.start();
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(50);
  await vi.advanceTimersByTimeAsync(29_999);
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(100);
  await vi.advanceTimersByTimeAsync(30_000);
  workers.at(0).exit(1);
  expect(respawns.map(([, , crashes]) => crashes)).toEqual([1, 2, 1]);
  await supervisor.stop(LIMITS);
});

test('A replacement that does not boot in time is killed and replaced like one that died', async () => {
  const { supervisor, workers, respawns } = supervised({ workers: 1 });
  await supervisor.start();
  workers.script = { boots: false };
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(50 + 1_000);
  expect(workers.at(0).kills).toBe(1);
  workers.script = {};
  await vi.advanceTimersByTimeAsync(100);
  expect(supervisor.workers.map(({ state }) => state)).toEqual(['ready']);
  expect(respawns.map(([, , crashes]) => crashes)).toEqual([1, 2]);
});

test('When every slot is broken the pool gives up, and nothing is respawned any more', async () => {
  const { supervisor, workers, crashLoops, respawns, broken } = supervised();
  await supervisor.start();
  for (const delayMs of [50, 100, 200]) {
    workers.at(0).exit(1);
    workers.at(1).exit(9);
    await vi.advanceTimersByTimeAsync(delayMs);
  }
  workers.at(1).exit(9);
  expect(broken).toEqual([[1, 4]]);
  expect(vi.getTimerCount()).toBe(1);
  workers.at(0).fail(new Error('no memory'));
  workers.at(0).exit(null, 'SIGSEGV');
  expect(crashLoops).toHaveLength(1);
  expect(crashLoops[0]).toBeInstanceOf(CrashLoopError);
  expect(crashLoops[0]).toMatchObject({ workerId: 0, crashes: 4, cause: { message: 'no memory' } });
  expect(crashLoops[0]?.message).toBe(
    'Worker 0 died 4 times in a row (last: by SIGSEGV, no memory); the pool has closed; fix the cause; respawn.maxConsecutiveCrashes says when a pool gives up',
  );
  expect(vi.getTimerCount()).toBe(0);
  expect(respawns).toHaveLength(7);
  expect(supervisor.workers).toEqual([]);
});

test('While one slot is not broken the others are tried on, and that is told', async () => {
  const { supervisor, workers, crashLoops, broken } = supervised();
  await supervisor.start();
  const healthy = workers.at(1);
  for (let death = 0; death < 50; death += 1) {
    workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(5_000);
  }
  expect(crashLoops).toEqual([]);
  expect(broken).toHaveLength(47);
  expect(workers.at(1)).toBe(healthy);
  expect(supervisor.respawns).toBe(50);
  await vi.advanceTimersByTimeAsync(30_000);
  // It has proved itself at last.
  workers.at(0).exit(1);
  expect(broken).toHaveLength(47);
  supervisor.stopRespawning();
});

test('Workers that die while they serve their first client are no crash loop', async () => {
  const { supervisor, workers, crashLoops, respawns, broken } = supervised({ workers: 1 });
  await supervisor.start();
  for (let death = 0; death < 20; death += 1) {
    const report = { ...EMPTY_REPORT, totalConnections: 1, activeConnections: 1 };
    workers.at(0).say({ type: 'report', report });
    workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(500);
  }
  expect([crashLoops, broken]).toEqual([[], []]);
  // Never longer than a second, of which chance takes half here.
  expect(respawns.map(([, delayMs]) => delayMs).slice(0, 7)).toEqual([
    50, 100, 200, 400, 500, 500, 500,
  ]);
});

test('A worker that has served a connection to its end begins a new row of deaths', async () => {
  const { supervisor, workers, respawns } = supervised({ workers: 1 });
  await supervisor.start();
  for (let death = 0; death < 20; death += 1) {
    const report = { ...EMPTY_REPORT, totalConnections: 3, activeConnections: 2 };
    workers.at(0).say({ type: 'report', report });
    workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(new Set(respawns.map(([, delayMs]) => delayMs))).toEqual(new Set([50]));
});

test('maxConsecutiveCrashes of Infinity never gives up', async () => {
  const { supervisor, workers, crashLoops } = supervised({
    workers: 1,
    respawn: { maxConsecutiveCrashes: Infinity },
  });
  await supervisor.start();
  for (let death = 0; death < 100; death += 1) {
    workers.at(0).exit(1);
    await vi.advanceTimersByTimeAsync(5_000);
  }
  expect(crashLoops).toEqual([]);
  expect(supervisor.respawns).toBe(100);
});

test('stopRespawning() cancels replacements that are due', async () => {
  const { supervisor, workers } = supervised();
  await supervisor.start();
  workers.at(0).exit(1);
  expect(vi.getTimerCount()).toBe(1);
  supervisor.stopRespawning();
  expect(vi.getTimerCount()).toBe(0);
  workers.at(1).exit(1);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(workers.all).toHaveLength(2);
});

test('stop() ends all workers side by side, tells how each ended, and replaces none', async () => {
  const { supervisor, workers, respawns } = supervised({ workers: 4, boots: false });
  const starting = supervisor.start();
  for (const worker of workers.all) worker.say({ type: 'ready' });
  await starting;
  expect(await supervisor.stop(LIMITS)).toEqual(['drained', 'drained', 'drained', 'drained']);
  expect(supervisor.workers).toEqual([]);
  expect(respawns).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('stop() takes no longer than its deadlines together, however many workers are stuck', async () => {
  const { supervisor } = supervised({ workers: 3, exitsOn: [] });
  await supervisor.start();
  const startedAtMs = performance.now();
  const steps = supervisor.stop(LIMITS);
  await vi.runAllTimersAsync();
  expect(await steps).toEqual(['abandoned', 'abandoned', 'abandoned']);
  expect(performance.now() - startedAtMs).toBe(130);
});

test('stop() with 200 stuck workers and a force signal kills them all without a warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const { supervisor, workers } = supervised({ workers: 200, exitsOn: ['kill'] });
  await supervisor.start();
  const force = new AbortController();
  const steps = supervisor.stop({ ...LIMITS, graceMs: Infinity }, force.signal);
  await settle();
  force.abort();
  expect(new Set(await steps)).toEqual(new Set(['killed']));
  expect(workers.all.every(({ orders }) => orders.join() === 'drain')).toBe(true);
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('A worker that dies after it was ready, but before all are, is replaced once they are', async () => {
  const { supervisor, workers, respawns } = supervised({ boots: false });
  const starting = supervisor.start();
  workers.at(0).say({ type: 'ready' });
  workers.at(0).exit(5);
  workers.at(1).say({ type: 'ready' });
  await starting;
  expect(respawns).toEqual([[0, 50, 1]]);
  workers.script = {};
  await vi.advanceTimersByTimeAsync(50);
  expect(supervisor.workers.map(({ id, state }) => [id, state])).toEqual([
    [0, 'ready'],
    [1, 'ready'],
  ]);
});

test('A replacement that cannot be spawned is tried again with backoff, and is no death', async () => {
  const { supervisor, workers, respawns, crashLoops, spawnFailures } = supervised({ workers: 1 });
  await supervisor.start();
  workers.fails = Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(spawnFailures.slice(0, 3)).toEqual([
    ['Cannot spawn worker 0: spawn ENOMEM; free memory, or run fewer workers', 1, 50],
    ['Cannot spawn worker 0: spawn ENOMEM; free memory, or run fewer workers', 2, 100],
    ['Cannot spawn worker 0: spawn ENOMEM; free memory, or run fewer workers', 3, 200],
  ]);
  expect(spawnFailures.length).toBeGreaterThan(100);
  expect(spawnFailures.at(-1)?.[2]).toBe(5_000);
  expect([respawns.length, crashLoops]).toEqual([1, []]);
  workers.fails = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(supervisor.workers.map(({ state }) => state)).toEqual(['ready']);
  expect(supervisor.respawns).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('So is one of which that is found out later, and one that lacks descriptors to boot', async () => {
  const { supervisor, workers, respawns, crashLoops, spawnFailures, states } = supervised({
    workers: 1,
  });
  await supervisor.start();
  workers.script = { boots: false };
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(50);
  for (const delayMs of [50, 100, 200, 400, 800]) {
    workers.at(0).neverWas(Object.assign(new Error('spawn node EAGAIN'), { code: 'EAGAIN' }));
    await vi.advanceTimersByTimeAsync(delayMs);
  }
  const error = { name: 'Error', message: 'listen EMFILE', stack: undefined, code: 'EMFILE' };
  workers.at(0).say({ type: 'bootFailed', error });
  workers.at(0).exit(1);
  expect(spawnFailures.map(([message]) => message).slice(4)).toEqual([
    'Cannot spawn worker 0: spawn node EAGAIN; raise the limit of processes (ulimit -u, TasksMax, pids.max)',
    'Cannot spawn worker 0: listen EMFILE; raise the limit of open files (ulimit -n)',
  ]);
  expect([respawns.length, crashLoops]).toEqual([1, []]);
  workers.script = {};
  await vi.advanceTimersByTimeAsync(1_600);
  expect(states.at(-1)).toBe('0 ready');
  // What was before it has proved itself counts no more.
  workers.fails = new Error('spawn ENOMEM');
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(spawnFailures.at(-1)?.slice(1)).toEqual([1, 50]);
  supervisor.stopRespawning();
});

test('start() rejects with the reason when a worker cannot be spawned', async () => {
  const { supervisor, workers } = supervised();
  workers.fails = new Error('workerData could not be cloned');
  await expect(supervisor.start()).rejects.toBe(workers.fails);
  expect(supervisor.workers).toEqual([]);
});

test('A replacement is replaced also if its handler module fails just after its time was over', async () => {
  const { supervisor, workers, respawns } = supervised({ workers: 1 });
  await supervisor.start();
  workers.script = { boots: false, exitsOn: [] };
  workers.at(0).exit(1);
  await vi.advanceTimersByTimeAsync(50 + 1_000);
  const late = { name: 'Error', message: 'too late', stack: undefined, code: undefined };
  workers.at(0).say({ type: 'bootFailed', error: late });
  workers.at(0).exit(1);
  expect(respawns.map(([, , crashes]) => crashes)).toEqual([1, 2]);
  supervisor.stopRespawning();
});
