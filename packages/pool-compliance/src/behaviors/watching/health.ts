import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

/** How a pool tells busy, stuck and dead workers apart. */
export function describeHealth(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} health`, () => {
    test.skipIf(apart.missing)(
      `finds a worker in an infinite loop, tells where it loops, and replaces it; the others serve on${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, { health: { stuckTimeoutMs: 3_000 } });
        const [victim, other] = await oneClientPerWorker(connect, 2);
        const stuck = once(pool, 'workerStuck');
        const exited = once(pool, 'workerExit');
        const replaced = once(pool, 'workerReady');
        expect(await victim?.ask('spin')).toBe('spinning');
        const [{ worker, blockedMs, stack }] = await stuck;
        expect(worker.workerId).toBe(0);
        expect(blockedMs).toBeGreaterThanOrEqual(3_000);
        expect(stack).toMatch(/^    at spinForEver \(file:.*commands\.[jt]s:\d+:\d+\)$/m);
        const [, exit, error] = await exited;
        expect(exit.expected).toBe(false);
        expect(error).toMatchObject({ code: 'ERR_WORKER_STUCK', workerId: 0, blockedMs });
        expect(error?.stack).toBe(`WorkerStuckError: ${error?.message}\n${stack}`);
        expect((await replaced)[0]).toMatchObject({ workerId: 0, state: 'ready' });
        expect(await other?.ask('echo on')).toBe('ON');
        expect((await pool.stats()).respawns).toBe(1);
      },
    );

    test.skipIf(apart.missing).each([
      ['in an infinite loop, also while that logs', 'spinAndLog', 'spinning'],
      ['in a wait, whether or not its stack can be had', 'block', 'blocking'],
    ])(`replaces a worker that hangs %s${apart.note}`, async (_, command, reply) => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        health: { stuckTimeoutMs: 2_000 },
      });
      const stuck = once(pool, 'workerStuck');
      const replaced = once(pool, 'workerExit').then(() => once(pool, 'workerReady'));
      expect(await (await connect()).ask(command)).toBe(reply);
      expect((await stuck)[0].worker).toMatchObject({ workerId: 0 });
      await replaced;
      expect(await (await connect()).ask('echo on')).toBe('ON');
    });

    test('leaves a worker alone that computes most of the time but turns', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        health: { stuckTimeoutMs: 2_000 },
      });
      const client = await connect();
      expect(await client.ask('toil 20')).toBe('toiled');
      expect((await pool.stats()).respawns).toBe(0);
      expect((await pool.stats()).workers[0]?.heartbeatAgeMs).toBeGreaterThanOrEqual(0);
    });

    test.skipIf(apart.missing)(
      `with stack: false tells of a stuck worker without its stack${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          workers: 1,
          health: { stuckTimeoutMs: 2_000, stack: false },
        });
        const stuck = once(pool, 'workerStuck');
        expect(await (await connect()).ask('spin')).toBe('spinning');
        expect(await stuck).toMatchObject([{ worker: { workerId: 0 }, stack: undefined }]);
      },
    );

    test('refuses a stuckTimeoutMs that is shorter than a few heartbeats', () => {
      expect(() => createPool(kind, { health: { stuckTimeoutMs: 10 } })).toThrow(
        'Option health.stuckTimeoutMs must be a whole number, 1000 to 2147483647, or Infinity, got 10',
      );
    });
  });
}
