import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type PoolOptions,
  RestartFailedError,
  WorkerBootError,
  WorkerBootTimeoutError,
  type WorkerPool,
} from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import { createPool, handlerUrl, type PoolKind } from '../../pool-under-test.ts';
import { recordingLogger } from '../../recording-logger.ts';

/** A pool of one worker whose hooks write down what they do. */
async function hookedPool(
  kind: PoolKind,
  fails: 'start' | 'startHangs' | 'stop' | 'stopHangs' | 'nothing',
  options: Partial<PoolOptions> = {},
): Promise<{ pool: WorkerPool; handler: URL; done: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-hooks-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'done');
  await writeFile(file, '');
  const handler = handlerUrl('has-hooks');
  handler.search = String(new URLSearchParams({ file, fails }));
  const pool = createPool(kind, { workers: 1, ...options, handler });
  return {
    pool,
    handler,
    done: async () => (await readFile(file, 'utf8')).split('\n').filter(Boolean),
  };
}

/** What a worker of a generation notes of its start. */
const starts = (generation: number): string[] => [
  `first start ${generation}`,
  `second start ${generation}`,
];

/** What it notes of its end. */
const stops = (generation: number): string[] => [
  `last stop ${generation}`,
  `first stop ${generation}`,
];

/** `onWorkerStart` and `onWorkerStop` of handler modules, and those of `currentWorker()`. */
export function describeWorkerHooks(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} hooks of workers${apart.note}`, () => {
    test('onWorkerStart() is done before the first connection, onWorkerStop() after the last', async () => {
      const { pool, done } = await hookedPool(kind, 'nothing');
      await pool.listen();
      expect(await done()).toEqual(starts(0));
      const client = await LineClient.connect(pool.address);
      onTestFinished(() => client[Symbol.asyncDispose]());
      expect(await client.next()).toBe('serving');
      const restarted = pool.restart({ graceMs: 600_000 });
      await expect.poll(done).toEqual([...starts(0), ...starts(1)]);
      await client.end();
      expect(await restarted).toMatchObject({ workers: { drained: 1 } });
      expect((await done()).slice(4)).toEqual(['closed 0', ...stops(0)]);
      expect(await pool.close()).toMatchObject({ workers: { drained: 1 } });
      expect((await done()).slice(7)).toEqual(stops(1));
    });

    test('onWorkerStart() that throws fails the start, and a restart, with file and line', async () => {
      const failing = await hookedPool(kind, 'start');
      const failed = expect.objectContaining({
        message: expect.stringContaining('no database for worker 0'),
        cause: expect.objectContaining({
          name: 'RangeError',
          stack: expect.stringMatching(/has-hooks\.js.*:\d+:\d+/),
        }),
      });
      const listening = failing.pool.listen();
      await expect(listening).rejects.toBeInstanceOf(WorkerBootError);
      await expect(listening).rejects.toEqual(failed);
      expect(await failing.done()).toEqual([]);
      const { pool } = await hookedPool(kind, 'nothing');
      await pool.listen();
      const restarting = pool.restart({ handler: failing.handler });
      await expect(restarting).rejects.toBeInstanceOf(RestartFailedError);
      const client = await LineClient.connect(pool.address);
      onTestFinished(() => client[Symbol.asyncDispose]());
      expect(await client.next()).toBe('serving');
    });

    test('onWorkerStart() that takes longer than bootTimeoutMs fails the start', async () => {
      const { pool } = await hookedPool(kind, 'startHangs', { bootTimeoutMs: 500 });
      await expect(pool.listen()).rejects.toBeInstanceOf(WorkerBootTimeoutError);
    });

    test('onWorkerStop() that throws is told with file and line, and keeps nothing from ending', async () => {
      const { entries, logger } = recordingLogger();
      const { pool, done } = await hookedPool(kind, 'stop', { logger });
      await pool.listen();
      expect(await pool.close()).toMatchObject({ workers: { drained: 1 } });
      expect(entries.filter(({ level }) => level === 'error')).toMatchObject([
        {
          message: expect.stringContaining('onWorkerStop() failed: the database is gone'),
          fields: { error: { stack: expect.stringMatching(/has-hooks\.js.*:\d+:\d+/) } },
        },
      ]);
      expect(await done()).toContain('first stop 0');
    });

    test('onWorkerStop() that does not end is waited for until the grace period is over, and that is told', async () => {
      const { entries, logger } = recordingLogger();
      const { pool } = await hookedPool(kind, 'stopHangs', { logger });
      await pool.listen();
      expect(await pool.close({ graceMs: 300 })).toMatchObject({ workers: { terminated: 1 } });
      expect(entries.map(({ message }) => message).join()).toContain(
        'Worker 0 ends before its onWorkerStop() is done',
      );
    });

    test('onWorkerStop() has a moment when connections have taken the whole grace period', async () => {
      const { pool, done } = await hookedPool(kind, 'nothing');
      await pool.listen();
      const client = await LineClient.connect(pool.address);
      onTestFinished(() => client[Symbol.asyncDispose]());
      expect(await client.next()).toBe('serving');
      expect(await pool.close({ graceMs: 50 })).toMatchObject({
        cutConnections: 1,
        workers: { terminated: 1 },
      });
      expect(await done()).toEqual(expect.arrayContaining(['last stop 0', 'first stop 0']));
    });
  });
}
