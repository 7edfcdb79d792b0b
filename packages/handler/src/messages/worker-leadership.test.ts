import { expect, test } from 'vitest';
import { runOnLeader, WorkerLeadership } from './worker-leadership.ts';

/** The leadership of a worker, and what the pool is told of it. */
function worker() {
  const told: string[] = [];
  const leaving = new AbortController();
  const work: Promise<unknown>[] = [];
  const leadership = new WorkerLeadership(
    {
      want: () => told.push('want'),
      release: () => told.push('release'),
      waitUntil: (promise) => work.push(promise),
      failed: (error) => told.push(`failed ${String(error)}`),
    },
    leaving.signal,
  );
  return { told, leaving, leadership, work };
}

test('Outside of a pool a task runs at once', async () => {
  expect(await runOnLeader((signal) => signal.aborted)).toBe(false);
  await expect(runOnLeader(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(() => runOnLeader('task' as never)).toThrow(
    new TypeError("Cannot run a task on the leader: it must be a function, got 'task'"),
  );
});

test('Tasks wait for the leadership, are asked for once, and let go when the last one is done', async () => {
  const { told, leadership, work } = worker();
  const first = Promise.withResolvers<string>();
  const results = [leadership.run(() => first.promise), leadership.run(async () => 'second')];
  expect(told).toEqual(['want']);
  leadership.lead();
  expect(await results[1]).toBe('second');
  expect(told).toEqual(['want']);
  expect(work).toHaveLength(2);
  // One that comes while the worker leads runs at once.
  expect(await leadership.run(async () => 'third')).toBe('third');
  first.resolve('first');
  expect(await results[0]).toBe('first');
  expect(told).toEqual(['want', 'release']);
  void leadership.run(async () => 'again');
  expect(told).toEqual(['want', 'release', 'want']);
});

test('A task without a promise leads until its worker goes away', async () => {
  const { told, leaving, leadership } = worker();
  let aborted = false;
  const task = leadership.run((signal) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return 'begun';
  });
  leadership.lead();
  expect(told).toEqual(['want']);
  leaving.abort();
  expect(await task).toBe('begun');
  expect([aborted, ...told]).toEqual([true, 'want', 'release']);
});

test('A task that fails is told, rejects, and lets go', async () => {
  const { told, leadership } = worker();
  const tasks = [
    leadership.run(() => {
      throw new Error('at once');
    }),
    leadership.run(() => Promise.reject(new Error('later'))),
  ];
  leadership.lead();
  expect((await Promise.allSettled(tasks)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  expect(told).toEqual(['want', 'failed Error: at once', 'failed Error: later', 'release']);
});

test('A worker that goes away leads no more: what waits is not run, and a late leadership is let go', async () => {
  const { told, leaving, leadership } = worker();
  let ran = 0;
  const task = leadership.run(async () => {
    ran += 1;
  });
  leaving.abort();
  expect(await task).toBeUndefined();
  expect(await leadership.run(async () => 'late')).toBeUndefined();
  leadership.lead();
  expect([ran, ...told]).toEqual([0, 'want', 'release']);
});
