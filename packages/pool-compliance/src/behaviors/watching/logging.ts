import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a pool's own logger gets. */
export function describeLogging(kind: PoolKind): void {
  describe(`${kind.name} logging`, () => {
    test('gives any pino, without a wrapper, entries with worker, generation and connection', async () => {
      const written: Record<string, unknown>[] = [];
      const stream = new Writable({
        write(chunk: Buffer, _encoding, done) {
          written.push(JSON.parse(String(chunk)) as Record<string, unknown>);
          done();
        },
      });
      const { pool, connect } = await listeningPool(kind, { workers: 1, logger: pino(stream) });
      await (await connect()).ask('echo first');
      const client = await connect();
      expect(await client.ask('connection')).toBe('2');
      const { connections = [] } = (await pool.connections()).at(0) ?? {};
      expect(connections.map(({ connectionId }) => connectionId)).toEqual([1, 2]);
      client.send('log careful');
      client.send('logFields as a pino');
      client.send('reject');
      await client.ended;
      const worker = { workerId: 0, generation: 0 };
      const of = { ...worker, connectionId: 2 };
      await expect
        .poll(() => written)
        .toMatchObject([
          { level: 40, msg: 'careful', from: 0, ...of },
          { level: 40, msg: 'as a pino', from: 0, ...of },
          { level: 30, msg: 'as a pino', ...worker },
          {
            level: 50,
            msg: expect.stringContaining('a handler failed'),
            ...of,
            err: { type: 'Error', message: 'rejected on request' },
          },
        ]);
      expect(written[2]).not.toHaveProperty('connectionId');
      expect(written[0]).not.toHaveProperty('err');
    });
  });
}
