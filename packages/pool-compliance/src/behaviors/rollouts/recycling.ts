import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';
import { lineLoad } from '../../clients/steady-load.ts';

/** What a pool does with workers that reach a limit. */
export function describeRecycling(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} recycling`, () => {
    test('a worker that has served maxConnections is replaced, and tells why', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        recycle: { maxConnections: 3, jitter: 0 },
      });
      const told = once(pool, 'workerRecycle');
      const replaced = once(pool, 'workerExit');
      for (let times = 0; times < 3; times += 1) {
        const client = await connect();
        expect(await client.ask('echo hello')).toBe('HELLO');
        await client.end();
      }
      expect(await told).toEqual([
        expect.objectContaining({ workerId: 0, generation: 0 }),
        { limit: 'maxConnections', value: 3, threshold: 3 },
      ]);
      expect((await replaced)[1]).toMatchObject({ code: 0, expected: true });
      expect(await (await connect()).ask('echo new')).toBe('NEW');
      expect(await pool.stats()).toMatchObject({ recycles: 1, respawns: 0 });
    });

    test('a worker that has reached maxAgeMs is replaced, although nobody connects', async () => {
      const { pool } = await listeningPool(kind, { workers: 1, recycle: { maxAgeMs: 400 } });
      const [[, reason]] = await Promise.all([
        once(pool, 'workerRecycle'),
        once(pool, 'workerExit'),
      ]);
      expect(reason).toMatchObject({ limit: 'maxAgeMs' });
    });

    test.skipIf(apart.missing)(
      `workers that reach a limit at the same time are replaced one at a time${apart.note}`,
      async () => {
        const { pool } = await listeningPool(kind, {
          workers: 3,
          recycle: { maxAgeMs: 100, jitter: 0 },
        });
        let present = 3;
        const counts: number[] = [];
        const gone = new Set<number>();
        const all = Promise.withResolvers<void>();
        pool.on('workerReady', () => {
          present += 1;
          counts.push(present);
        });
        pool.on('workerExit', ({ generation, nativeId }, { expected }) => {
          expect([generation, expected]).toEqual([0, true]);
          present -= 1;
          counts.push(present);
          if (gone.add(nativeId).size === 6) all.resolve();
        });
        await all.promise;
        expect([...new Set(counts)].toSorted()).toEqual([3, 4]);
      },
    );

    test('a worker whose heap has reached maxHeapBytes is replaced', async () => {
      const { pool } = await listeningPool(kind, { workers: 1, recycle: { maxHeapBytes: 1 } });
      const [[, reason]] = await Promise.all([
        once(pool, 'workerRecycle'),
        once(pool, 'workerExit'),
      ]);
      expect(reason).toMatchObject({ limit: 'maxHeapBytes' });
    });

    test('recycling under load loses no request, and never has more than one worker too many', async () => {
      const { pool } = await listeningPool(kind, {
        name: 'echo-lines',
        recycle: { maxConnections: 40 },
      });
      let present = 2;
      let most = 0;
      pool.on('workerReady', () => {
        present += 1;
        most = Math.max(most, present);
      });
      const enough = new Promise<void>((resolve) => {
        let gone = 0;
        pool.on('workerExit', () => {
          present -= 1;
          gone += 1;
          if (gone === 4) resolve();
        });
      });
      const load = lineLoad(pool.address);
      await enough;
      expect((await load.stop()).errors).toEqual({});
      expect(most).toBe(3);
      expect((await pool.stats()).lostConnections).toBe(0);
    });
  });
}
