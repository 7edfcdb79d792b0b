import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { changingHandler, greeting } from '../../changing-handler.ts';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

/** What a pool does when its number of workers changes while it serves. */
export function describeResizing(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} resizing`, () => {
    test('resize() adds workers, which serve, and tells', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const told = once(pool, 'resized');
      const report = await pool.resize(3);
      expect(report).toMatchObject({ workers: 3, previousWorkers: 1, cutConnections: 0 });
      expect(await told).toEqual([report]);
      expect((await pool.stats()).workers.map(({ workerId }) => workerId)).toEqual([0, 1, 2]);
      await oneClientPerWorker(connect, 3);
    });

    test('resize() to fewer workers lets those with the highest ids finish their connections', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 3 });
      const clients = await oneClientPerWorker(connect, 3);
      for (const client of clients.slice(1)) client.send('wait');
      const resized = pool.resize(1, { graceMs: Infinity });
      expect(await Promise.all(clients.slice(1).map((client) => client.next()))).toEqual([
        'leaving',
        'leaving',
      ]);
      const young = await connect();
      expect(await young.ask('worker')).toBe('0');
      expect(await Promise.all(clients.map((client) => client.ask('echo still')))).toEqual([
        'STILL',
        'STILL',
        'STILL',
      ]);
      await Promise.all(clients.slice(1).map((client) => client.end()));
      expect(await resized).toMatchObject({ workers: 1, previousWorkers: 3, cutConnections: 0 });
      expect((await pool.stats()).workers.map(({ workerId }) => workerId)).toEqual([0]);
      expect(await clients[0]?.ask('aborted')).toBe('false');
    });

    test.skipIf(apart.missing)(
      `a worker that left is not replaced, and its slot can come back${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, { workers: 2 });
        await pool.resize(1);
        await pool.resize(2);
        expect((await pool.stats()).respawns).toBe(0);
        const [, second] = await oneClientPerWorker(connect, 2);
        const replaced = once(pool, 'workerReady');
        second?.send('exit 1');
        expect((await replaced)[0]).toMatchObject({ workerId: 1 });
      },
    );

    test.skipIf(apart.missing)(
      `growth that does not boot changes nothing${apart.note}`,
      async () => {
        const handler = await changingHandler(greeting('good'));
        const { pool, connect } = await listeningPool(kind, { workers: 1, handler: handler.path });
        const before = (await pool.stats()).workers.map(({ nativeId }) => nativeId);
        await handler.write("throw new Error('gone bad');");
        await expect(pool.resize(3)).rejects.toMatchObject({
          code: 'ERR_RESIZE_FAILED',
          message: expect.stringMatching(/^Cannot resize the pool to '3' workers, .* gone bad$/),
        });
        expect((await pool.stats()).workers.map(({ nativeId }) => nativeId)).toEqual(before);
        expect(await (await connect()).next()).toBe('good');
        await handler.write(greeting('better'));
        await pool.resize(2, { parallelBoots: 1 });
        expect((await pool.stats()).workers.map(({ workerId }) => workerId)).toEqual([0, 1]);
      },
    );

    test('resizing to the same number changes nothing', async () => {
      const { pool } = await listeningPool(kind);
      const before = (await pool.stats()).workers.map(({ nativeId }) => nativeId);
      expect(await pool.resize(2)).toMatchObject({ workers: 2, previousWorkers: 2 });
      expect((await pool.stats()).workers.map(({ nativeId }) => nativeId)).toEqual(before);
    });

    test.each([-1, 0, 1.5])('refuses %d workers', async (workers) => {
      const { pool } = await listeningPool(kind, { workers: 1 });
      await expect(pool.resize(workers)).rejects.toThrow(
        `Cannot resize the pool to '${workers}' workers: workers must be `,
      );
      await expect(pool.resize('2' as unknown as number)).rejects.toThrow(TypeError);
    });

    test('refuses before listen() and after close()', async () => {
      const pool = createPool(kind);
      await expect(pool.resize(1)).rejects.toMatchObject({ code: 'ERR_POOL_NOT_LISTENING' });
      await pool.close();
      await expect(pool.resize(1)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    });
  });
}
