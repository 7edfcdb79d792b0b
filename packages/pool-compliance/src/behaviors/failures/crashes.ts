import { once } from 'node:events';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { deathOrder } from '../../death-order.ts';
import type { CrashLoopError, WorkerExit, WorkerInfo } from '@sockpool/pool-core';
import {
  createPool,
  handlerUrl,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

/** What a pool does when a handler or a worker fails. */
export function describeCrashes(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} crashes`, () => {
    test.skipIf(apart.missing).each([
      ['exits', 'exit 3', 3, /^process\.exit\(3\) was called$/],
      ['throws an uncaught error', 'throw', 1, /^thrown on request$/],
      ['overflows its stack', 'overflow', 1, /^Maximum call stack size exceeded$/],
    ])(
      `replaces a worker that %s; the others and their clients notice nothing${apart.note}`,
      async (_, command, code, message) => {
        const { pool, connect } = await listeningPool(kind, { workers: 3 });
        const [victim, ...others] = await oneClientPerWorker(connect, 3);
        const before = (await pool.stats()).workers.map(({ nativeId }) => nativeId);
        const exited = once(pool, 'workerExit');
        const replaced = once(pool, 'workerReady');
        victim?.send(command);
        const [worker, exit, error] = (await exited) as [WorkerInfo, WorkerExit, Error];
        expect(worker).toMatchObject({ workerId: 0, state: 'exited' });
        expect(exit).toEqual({ code, signal: null, expected: false });
        expect(error.message).toMatch(message);
        expect(error.stack).toMatch(/commands\.[jt]s:\d+/);
        await victim?.ended;
        expect(await Promise.all(others.map((client) => client.ask('echo still here')))).toEqual([
          'STILL HERE',
          'STILL HERE',
        ]);
        expect((await replaced)[0]).toMatchObject({ workerId: 0, state: 'ready' });
        const after = (await pool.stats()).workers.map(({ nativeId }) => nativeId);
        expect(after).toHaveLength(3);
        expect(after.slice(1)).toEqual(before.slice(1));
        expect(after[0]).not.toBe(before[0]);
        expect((await pool.stats()).respawns).toBe(1);
        expect(await (await connect()).ask('echo back')).toBe('BACK');
      },
    );

    test('destroys the connection of a handler that rejects, tells, and keeps the worker', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const bystander = await connect();
      const native = await bystander.ask('native');
      const told = once(pool, 'handlerError');
      const victim = await connect();
      victim.send('reject');
      const [error, worker] = (await told) as [Error, WorkerInfo];
      expect(error.message).toBe('rejected on request');
      expect(error.stack).toContain(basename(handlerUrl('commands').pathname));
      expect(worker.workerId).toBe(0);
      await victim.ended;
      expect(await bystander.ask('native')).toBe(native);
      expect((await pool.stats()).total.handlerErrors).toBe(1);
    });

    test('rejects listen() with the reason when the handler module throws', async () => {
      const pool = createPool(kind, { name: 'throws-at-load' });
      await expect(pool.listen()).rejects.toMatchObject({
        code: 'ERR_WORKER_BOOT',
        message: expect.stringMatching(/^Cannot start worker [01]: no database$/),
        cause: { code: 'ERR_NO_DATABASE' },
      });
      expect(pool.state).toBe('closed');
    });

    test('rejects listen() when the handler module is missing or has no default function', async () => {
      await expect(createPool(kind, { name: 'no-default-export' }).listen()).rejects.toThrow(
        /must have a function as its default export, got undefined/,
      );
      const missing = createPool(kind, { handler: new URL('./missing.js', import.meta.url) });
      await expect(missing.listen()).rejects.toMatchObject({
        code: 'ERR_WORKER_BOOT',
        cause: { code: 'ERR_MODULE_NOT_FOUND' },
      });
    });

    test('rejects listen() when a worker is not ready in time, and leaves none behind', async () => {
      const pool = createPool(kind, { name: 'never-ready', bootTimeoutMs: 300 });
      await expect(pool.listen()).rejects.toMatchObject({
        code: 'ERR_WORKER_BOOT_TIMEOUT',
        message: expect.stringContaining('not ready within 300 ms'),
      });
      expect((await pool.stats()).workers).toEqual([]);
    });

    test.skipIf(apart.missing)(
      `requests that each kill their worker do not end the pool, and others are served between${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          respawn: { initialDelayMs: 5, maxConsecutiveCrashes: 3 },
        });
        const failures: unknown[] = [];
        pool.on('error', (error) => failures.push(error));
        for (let poison = 1; poison <= 15; poison += 1) {
          const replaced = once(pool, 'workerReady');
          const client = await connect();
          client.send('throw');
          await client.ended;
          await replaced;
          expect((await pool.stats()).respawns).toBe(poison);
        }
        expect(await (await connect()).ask('echo still')).toBe('STILL');
        expect([pool.state, failures]).toEqual(['listening', []]);
      },
    );

    test.skipIf(apart.missing)(
      `gives up on a crash loop with a clear error, and is closed${apart.note}`,
      async () => {
        const order = deathOrder();
        const pool = createPool(kind, {
          name: 'dies-when-told',
          workers: 1,
          workerData: order.path,
          respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: 3 },
        });
        const failed = once(pool, 'error');
        await pool.listen();
        order.give();
        const [error] = (await failed) as [CrashLoopError];
        expect(error).toMatchObject({ code: 'ERR_CRASH_LOOP', workerId: 0, crashes: 3 });
        expect(error.message).toBe(
          'Worker 0 died 3 times in a row (last: with exit code 7, process.exit(7) was called); the pool has closed; fix the cause; respawn.maxConsecutiveCrashes says when a pool gives up',
        );
        expect(pool.state).toBe('closed');
      },
    );
  });
}
