import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  RECYCLE_DEFAULTS,
  type RecycleOptions,
  resolveRecycleOptions,
} from '../../options/workers/recycle-options.ts';
import { type RecyclableWorker, Recycler } from './recycler.ts';
import { NO_COUNTS, type WorkerReport } from '../../protocol/worker-report.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class FakeWorker implements RecyclableWorker {
  readonly id: number;
  readonly startedAtMs = performance.now();
  state: RecyclableWorker['state'] = 'ready';
  counts = NO_COUNTS;
  lastReport: WorkerReport | undefined;
  /** What it will report when it is asked. */
  memory = { rssBytes: 0, heapUsedBytes: 0 };

  constructor(id: number) {
    this.id = id;
  }

  async report(): Promise<WorkerReport> {
    this.lastReport = {
      ...this.counts,
      ...this.memory,
      lastConnectionAtMs: 0,
      eventLoopUtilization: 0,
    };
    return this.lastReport;
  }
}

/** Three workers whose exchanges the test ends. */
function recycled(options: RecycleOptions, random = () => 0) {
  const workers = [0, 1, 2].map((id) => new FakeWorker(id));
  const exchanges: { id: number; limit: string; end: (error?: Error) => void }[] = [];
  const failures: string[] = [];
  const recycler = new Recycler<FakeWorker>({
    options: resolveRecycleOptions(options),
    workers: () => workers,
    exchange: (worker, { limit }) => {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      const end = (error?: Error): void => {
        if (error !== undefined) return reject(error);
        workers[worker.id] = new FakeWorker(worker.id);
        resolve(true);
      };
      exchanges.push({ id: worker.id, limit, end });
      return promise;
    },
    onFailure: (worker, error) => failures.push(`${worker.id} ${error.message}`),
    random,
  });
  recycler.start();
  const serve = (id: number, totalConnections: number): void => {
    const worker = workers[id];
    if (worker !== undefined) worker.counts = { ...NO_COUNTS, totalConnections };
    recycler.check();
  };
  return { recycler, workers, exchanges, failures, serve };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('Without limits nothing is recycled, and no timer runs', () => {
  const { exchanges, serve } = recycled({});
  serve(0, 1_000_000);
  expect(exchanges).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('Workers over a limit are recycled one at a time', async () => {
  const { recycler, exchanges, serve } = recycled({ maxConnections: 10, jitter: 0 });
  serve(1, 9);
  expect(exchanges).toEqual([]);
  serve(1, 10);
  serve(2, 11);
  expect(exchanges.map(({ id, limit }) => [id, limit])).toEqual([[1, 'maxConnections']]);
  exchanges[0]?.end();
  await settle();
  expect(exchanges.map(({ id }) => id)).toEqual([1, 2]);
  exchanges[1]?.end();
  await settle();
  expect(exchanges).toHaveLength(2);
  expect(recycler.recycles).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('Jitter lowers the limit of each worker by its own share', async () => {
  const draws = [0, 0.5, 0.999];
  const { exchanges, serve } = recycled({ maxConnections: 100, jitter: 0.2 }, () => {
    // One draw for each of the four limits of a worker.
    return draws[Math.floor(drawn++ / 4)] ?? 0;
  });
  let drawn = 0;
  serve(0, 80);
  serve(1, 89);
  expect(exchanges).toEqual([]);
  serve(1, 90);
  expect(exchanges.map(({ id }) => id)).toEqual([1]);
  exchanges[0]?.end();
  await settle();
  serve(2, 81);
  expect(exchanges.map(({ id }) => id)).toEqual([1, 2]);
});

test('Age is seen although nothing happens, and looking ends with stop()', async () => {
  const { recycler, exchanges } = recycled({ maxAgeMs: 60_000, jitter: 0 });
  await vi.advanceTimersByTimeAsync(58_500);
  expect(exchanges).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(exchanges.map(({ id, limit }) => [id, limit])).toEqual([[0, 'maxAgeMs']]);
  recycler.stop();
  exchanges[0]?.end();
  await settle();
  expect(exchanges).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['maxRssBytes', 'rssBytes'],
  ['maxHeapBytes', 'heapUsedBytes'],
] as const)('%s is asked for every second', async (limit, field) => {
  const { recycler, workers, exchanges } = recycled({ [limit]: 1_000, jitter: 0 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(exchanges).toEqual([]);
  const worker = workers[2];
  if (worker !== undefined) worker.memory = { ...worker.memory, [field]: 1_000 };
  await vi.advanceTimersByTimeAsync(1_000);
  expect(exchanges.map(({ id, limit: name }) => [id, name])).toEqual([[2, limit]]);
  recycler.stop();
});

test('After a failure the worker serves on, and nothing is recycled for ten seconds', async () => {
  const { recycler, exchanges, failures, serve } = recycled({ maxConnections: 10, jitter: 0 });
  serve(0, 10);
  exchanges[0]?.end(new Error('no memory'));
  await settle();
  expect(failures).toEqual(['0 no memory']);
  serve(1, 10);
  await vi.advanceTimersByTimeAsync(9_999);
  recycler.check();
  expect(exchanges).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  recycler.check();
  expect(exchanges.map(({ id }) => id)).toEqual([0, 0]);
  expect(recycler.recycles).toBe(0);
});

test('A worker that asks for it is replaced without a limit, again ten seconds after a failure', async () => {
  const { recycler, workers, exchanges } = recycled({});
  const [worker] = workers;
  if (worker !== undefined) recycler.asked(worker, 'it is closed');
  expect(exchanges.map(({ id, limit }) => [id, limit])).toEqual([[0, 'request']]);
  exchanges[0]?.end(new Error('no memory'));
  await vi.advanceTimersByTimeAsync(9_999);
  expect(exchanges).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(exchanges).toHaveLength(2);
  exchanges[1]?.end();
  await settle();
  expect(exchanges).toHaveLength(2);
});

test('Only workers that are ready are recycled', () => {
  const { recycler, workers, exchanges } = recycled({ maxConnections: 1, jitter: 0 });
  for (const [id, state] of (['starting', 'draining', 'exited'] as const).entries()) {
    const worker = workers[id];
    if (worker !== undefined) Object.assign(worker, { state, counts: { totalConnections: 5 } });
  }
  recycler.check();
  expect(exchanges).toEqual([]);
});

test.each([
  [{ maxConnections: 0 }, 'Option recycle.maxConnections must be a whole number, 1 or more'],
  [{ maxAgeMs: -1 }, 'Option recycle.maxAgeMs must be a whole number'],
  [{ jitter: 2 }, 'Option recycle.jitter must be a number, 0 to 1, got 2'],
  [{ jitter: Number.NaN }, 'Option recycle.jitter must be a number, 0 to 1, got NaN'],
])('Recycle options %o are refused', (options, message) => {
  expect(() => resolveRecycleOptions(options)).toThrow(message);
  expect(resolveRecycleOptions(undefined)).toEqual(RECYCLE_DEFAULTS);
});
