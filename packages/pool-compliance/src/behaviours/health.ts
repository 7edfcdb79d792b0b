import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../pool-under-test.ts';

/** How a pool tells busy, stuck and dead workers apart. */
export function describeHealth(kind: PoolKind): void {
  describe(`${kind.name} health`, () => {
    test('finds a worker in an infinite loop, tells, and replaces it; the others serve on', async () => {
      const { pool, connect } = await listeningPool(kind, { health: { stuckTimeoutMs: 1_000 } });
      const [victim, other] = await oneClientPerWorker(connect, 2);
      const stuck = once(pool, 'workerStuck');
      const exited = once(pool, 'workerExit');
      const replaced = once(pool, 'workerReady');
      expect(await victim?.ask('spin')).toBe('spinning');
      const [{ worker, blockedMs }] = await stuck;
      expect(worker.workerId).toBe(0);
      expect(blockedMs).toBeGreaterThanOrEqual(1_000);
      const [, exit, error] = await exited;
      expect(exit.expected).toBe(false);
      expect(error).toMatchObject({ code: 'ERR_WORKER_STUCK', workerId: 0, blockedMs });
      expect((await replaced)[0]).toMatchObject({ workerId: 0, state: 'ready' });
      expect(await other?.ask('echo on')).toBe('ON');
      expect((await pool.stats()).respawns).toBe(1);
    });

    test('leaves a worker alone that computes most of the time but turns', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        health: { stuckTimeoutMs: 1_000 },
      });
      const client = await connect();
      expect(await client.ask('toil 10')).toBe('toiled');
      expect((await pool.stats()).respawns).toBe(0);
      expect((await pool.stats()).workers[0]?.heartbeatAgeMs).toBeGreaterThanOrEqual(0);
    });

    test('refuses a stuckTimeoutMs that is shorter than a few heartbeats', () => {
      expect(() => createPool(kind, { health: { stuckTimeoutMs: 10 } })).toThrow(
        'Option health.stuckTimeoutMs must be a whole number, 1000 to 2147483647, or Infinity, got 10',
      );
    });
  });
}
