import type { StatusAnswer } from '@sockpool/control/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withProgress } from './progress.ts';

type Worker = StatusAnswer['stats']['workers'][number];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function worker(workerId: number, nativeId: number, state: Worker['state']): Worker {
  const report = { activeConnections: 3 } as NonNullable<Worker['report']>;
  return { workerId, nativeId, state, generation: 0, uptimeMs: 0, heartbeatAgeMs: 0, report };
}

/** Waits for the end of a change, whose looks at the pool show these workers one after another. */
function waited(isTTY: boolean, json: boolean, ...looks: (readonly Worker[])[]) {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const status = async (): Promise<StatusAnswer> => {
    const workers = looks.length > 1 ? looks.shift() : looks[0];
    return { workerCount: 2, stats: { workers } } as StatusAnswer;
  };
  const output = { isTTY, write: (text: string) => told.push(text) > 0 };
  return { told, resolve, result: withProgress({ json }, { status }, () => promise, output) };
}

const before = [worker(0, 100, 'ready'), worker(1, 101, 'ready')];

test('People on a terminal see how far a restart is, and who holds it up, when that changes', async () => {
  const half = [worker(0, 102, 'ready'), worker(0, 100, 'draining'), worker(1, 103, 'starting')];
  const { told, resolve, result } = waited(true, false, before, before, half, half);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(told).toEqual([
    '2.0 s: 1 of 2 workers are new; worker 1 starts, worker 0 (100) finishes its connections: 3; ' +
      'sockpool connections shows which\n',
  ]);
  resolve('done');
  expect(await result).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  [false, false],
  [true, true],
])('Scripts see nothing: terminal %s, --json %s', async (isTTY, json) => {
  const { told, resolve, result } = waited(isTTY, json, [worker(0, 100, 'draining')]);
  await vi.advanceTimersByTimeAsync(4_000);
  resolve('done');
  await result;
  expect(told).toEqual([]);
});
