import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a pool does when it is full. */
export function describeLimits(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} limits`, () => {
    test.skipIf(apart.missing)(
      `serves one connection at a time per worker with a limit of 1, and loses nobody who waits${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          name: 'counts-concurrency',
          workers: 3,
          maxConnectionsPerWorker: 1,
        });
        const seen = await Promise.all(
          Array.from({ length: 60 }, async () => {
            const client = await connect();
            const open = await client.next();
            const { errorCode } = await client.end();
            return `${open} ${errorCode}`;
          }),
        );
        expect(seen).toEqual(Array.from({ length: 60 }, () => '1 undefined'));
        expect((await pool.stats()).total.totalConnections).toBe(60);
      },
    );

    test('leaves clients in the backlog while every worker is full, and serves them afterwards', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 2,
        maxConnectionsPerWorker: 2,
      });
      const first = await Promise.all(Array.from({ length: 4 }, connect));
      await Promise.all(first.map((client) => client.ask('echo in')));
      const late = await Promise.all(Array.from({ length: 10 }, connect));
      for (const client of late) client.send('echo served');
      expect((await pool.stats()).total).toMatchObject({
        activeConnections: 4,
        totalConnections: 4,
      });
      await Promise.all(first.map((client) => client.end()));
      const replies = await Promise.all(
        late.map(async (client) => {
          const reply = await client.next();
          await client.end();
          return reply;
        }),
      );
      expect(replies).toEqual(Array.from({ length: 10 }, () => 'SERVED'));
    });

    test('has capacity free again after a connection that was refused service by its handler', async () => {
      const { connect } = await listeningPool(kind, { workers: 1, maxConnectionsPerWorker: 1 });
      for (let round = 0; round < 5; round += 1) {
        const client = await connect();
        client.send('reject');
        await client.ended;
      }
      expect(await (await connect()).ask('echo free')).toBe('FREE');
    });
  });
}
