import { expect, test } from 'vitest';
import { checkZeroLoss } from '../src/check-zero-loss.ts';
import { type PoolDisruptionOptions, poolDisruptions } from '../src/pool-disruptions.ts';
import { ZeroLossTimeoutError } from '../src/zero-loss-error.ts';
import { startUpperCaseServer } from './fixtures/upper-case-server.ts';
import { nothing, SMALL, untilStopped } from './fixtures/small-check.ts';

test('checkZeroLoss() rejects with what a disruption rejects with, and stops its load', async () => {
  const server = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [{ name: 'fail', run: () => Promise.reject(new Error('no restart')) }],
  });
  await expect(check).rejects.toThrow('no restart');
  await expect.poll(() => server.connections.size).toBe(0);
});

test('checkZeroLoss() rejects with the reason of its signal, and stops its load', async () => {
  const server = await startUpperCaseServer();
  const controller = new AbortController();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    signal: controller.signal,
    disruptions: [
      {
        name: 'never ends',
        run: () => {
          controller.abort(new Error('enough'));
          return new Promise(() => undefined);
        },
      },
    ],
  });
  await expect(check).rejects.toThrow('enough');
  await expect.poll(() => server.connections.size).toBe(0);
});

test('checkZeroLoss() rejects when the load cannot start', async () => {
  const { address } = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address,
    workload: { messages: [] },
    disruptions: [{ name: 'never ends', run: () => new Promise(() => undefined) }],
  });
  await expect(check).rejects.toThrow(/messages/);
});

test('checkZeroLoss() tells a disruption that takes too long to end, and rejects with what was seen', async () => {
  const server = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    maxDurationMs: 100,
    disruptions: [nothing, { name: 'never ends', run: untilStopped }, nothing],
  });
  const error: unknown = await check.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ZeroLossTimeoutError);
  const told = "Cannot finish the check: 'never ends' was not over after 100 ms";
  expect(error).toMatchObject({
    message: expect.stringMatching(new RegExp(`^${told} .*; it has let go$`)) as string,
    report: { ok: false, disruptions: [{ name: 'nothing' }, { name: 'never ends' }] },
  });
  await expect.poll(() => server.connections.size).toBe(0);
});

test('the time before the first disruption is no part of what the disruptions may take', async () => {
  const { address } = await startUpperCaseServer();
  const { problems } = await checkZeroLoss({
    ...SMALL,
    address,
    quietMs: 1_000,
    maxDurationMs: 900,
    disruptions: [nothing],
  });
  expect(problems).toEqual([]);
});

test('poolDisruptions() restarts and resizes by turns, through all sizes', async () => {
  const done: string[] = [];
  const pool = {
    restart: async (): Promise<void> => void done.push('restart'),
    resize: async (workers: number): Promise<void> => void done.push(`resize ${workers}`),
  };
  const { signal } = new AbortController();
  for (const { run } of poolDisruptions(pool, { restarts: 1, resizes: 3, sizes: [4, 2] }))
    await run(signal);
  expect(done).toEqual(['restart', 'resize 4', 'resize 2', 'resize 4']);
  expect(poolDisruptions(pool)).toHaveLength(40);
  expect(() => poolDisruptions(pool, { restarts: -1 })).toThrow(RangeError);
  expect(() => poolDisruptions(pool, { sizes: [] })).toThrow(RangeError);
  expect(() => poolDisruptions(pool, { restart: 3 } as PoolDisruptionOptions)).toThrow(
    'Unknown option restart of poolDisruptions(): did you mean restarts?',
  );
  expect(() => poolDisruptions({ pool } as unknown as typeof pool)).toThrow(
    'The pool of poolDisruptions() must be a pool, got an object of class Object, which has no restart()',
  );
});
