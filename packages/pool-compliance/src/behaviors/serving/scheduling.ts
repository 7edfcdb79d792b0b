import { describe, expect, test } from 'vitest';
import type {
  ConnectionView,
  PoolOptions,
  SchedulingError,
  SchedulingPolicy,
  WorkerView,
} from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import {
  createPool,
  handlerUrl,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

/** How a pool chooses the worker of a connection. */
export function describeScheduling(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} scheduling`, () => {
    if (kind.capabilities.acceptsInWorkers === true) {
      test.each<[string, PoolOptions['scheduling'] & {}]>([
        ["'least-connections'", 'least-connections'],
        ['a function', () => 0],
      ])(
        'refuses scheduling %s, which would have no effect, and says what has',
        (said, scheduling) => {
          expect(() => createPool(kind, { scheduling })).toThrow(
            expect.objectContaining({
              code: 'ERR_UNSUPPORTED_OPTION',
              message: expect.stringMatching(
                new RegExp(`with scheduling ${said}: .* use accept: 'primary'$`),
              ) as string,
            }),
          );
        },
      );
      return;
    }

    test.each<[SchedulingPolicy, number[]]>([
      ['least-connections', [3, 3, 3]],
      ['round-robin', [3, 3, 3]],
      ['first-available', [9, 0, 0]],
    ])('%s spreads nine connections that stay open as %j', async (scheduling, shares) => {
      const { pool, connect } = await listeningPool(kind, { workers: 3, scheduling });
      await clientsOn(connect, 9);
      const { workers } = await pool.stats();
      expect(workers.map(({ report }) => report?.activeConnections)).toEqual(shares);
    });

    test('least-connections puts a new connection where one was closed', async () => {
      const { connect } = await listeningPool(kind, {
        workers: 3,
        scheduling: 'least-connections',
      });
      const clients = await oneClientPerWorker(connect, 3);
      for (const id of [1, 2, 0, 1]) {
        await clients[id]?.ask('echo done');
        await clients[id]?.end();
        const client = await placedAfter(connect, id);
        clients[id] = client;
      }
    });

    test('power-of-two-choices uses every worker, none for much more than its share', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 3,
        scheduling: 'power-of-two-choices',
      });
      await clientsOn(connect, 60);
      const loads = (await pool.stats()).workers.map(
        ({ report }) => report?.activeConnections ?? 0,
      );
      // The busiest of two is never chosen: with 60 the spread stays within a few.
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThan(12);
    });

    test('client-affinity gives a client the same worker, and another one while that one is full', async () => {
      const { connect } = await listeningPool(kind, {
        workers: 3,
        scheduling: 'client-affinity',
        maxConnectionsPerWorker: 2,
      });
      const [first, second, spilled] = await clientsOn(connect, 3);
      expect(second?.worker).toBe(first?.worker);
      expect(spilled?.worker).not.toBe(first?.worker);
      await first?.client.end();
      const back = await placedAfter(connect, Number(first?.worker));
      expect(await back.ask('worker')).toBe(first?.worker);
    });

    test.skipIf(apart.missing)(
      `client-affinity finds the client again in the replacement of a worker that died${apart.note}`,
      async () => {
        const { connect } = await listeningPool(kind, {
          workers: 4,
          scheduling: 'client-affinity',
        });
        const client = await connect();
        const [id, native] = [await client.ask('worker'), await client.ask('native')];
        client.send('exit 1');
        await client.ended;
        await expect
          .poll(async () => {
            await using again = await connect();
            return await again.ask('worker');
          })
          .toBe(id);
        expect(await (await connect()).ask('native')).not.toBe(native);
      },
    );

    test('least-utilized gives every connection to a worker', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 3,
        scheduling: 'least-utilized',
      });
      await clientsOn(connect, 9);
      // Which ones depends on what else keeps the machine busy.
      expect((await pool.stats()).total.activeConnections).toBe(9);
    });

    test.skipIf(apart.missing)(
      `least-utilized prefers an idle worker with many connections to a busy one with few${apart.note}`,
      async () => {
        const { connect } = await listeningPool(kind, { workers: 2, scheduling: 'least-utilized' });
        const clients = await clientsOn(connect, 2);
        while (clients.filter(({ worker }) => worker === '1').length < 3) {
          clients.push(...(await clientsOn(connect, 1)));
        }
        const [busy, ...others] = clients.filter(({ worker }) => worker === '0');
        for (const { client } of others) await client.end();
        expect(await busy?.client.ask('keepBusy')).toBe('busy');
        // By connections it would always be worker 0.
        await expect
          .poll(async () => {
            const client = await connect();
            const worker = await client.ask('worker');
            await client.end();
            return worker;
          })
          .toBe('1');
      },
    );

    test('a function chooses, and sees the workers and the client as they are', async () => {
      const seen: { workers: readonly WorkerView[]; connection: ConnectionView }[] = [];
      const { connect } = await listeningPool(kind, {
        workers: 3,
        scheduling: (workers, connection) => {
          seen.push({ workers, connection });
          return seen.length === 1 ? 2 : (workers[1] ?? 0);
        },
      });
      const [first, second] = await clientsOn(connect, 2);
      expect([first?.worker, second?.worker]).toEqual(['2', '1']);
      expect(seen[1]?.workers.map(({ id, activeConnections }) => [id, activeConnections])).toEqual([
        [0, 0],
        [1, 0],
        [2, 1],
      ]);
      const { localPort } = second?.client.socket ?? {};
      expect(seen[1]?.connection).toEqual({
        remoteAddress: '127.0.0.1',
        remotePort: localPort,
        remoteFamily: 'IPv4',
      });
    });

    test('a function that throws, or chooses a worker that is not there, loses no connection', async () => {
      let calls = 0;
      const { pool, connect } = await listeningPool(kind, {
        workers: 2,
        scheduling: () => {
          calls += 1;
          if (calls % 2 === 0) throw new Error('no idea');
          return 99;
        },
      });
      const errors: SchedulingError[] = [];
      pool.on('schedulingError', (error) => errors.push(error));
      const clients = await clientsOn(connect, 6);
      expect(clients.filter(({ worker }) => worker === '0')).toHaveLength(3);
      expect(errors.map(({ code }) => code)).toEqual(clients.map(() => 'ERR_SCHEDULING'));
    });

    test('a function may close its pool, and its connection is served', async () => {
      const closed: Promise<unknown>[] = [];
      const pool = createPool(kind, {
        scheduling: (workers) => {
          closed.push(pool.close());
          return workers[0];
        },
      });
      await pool.listen();
      await using client = await LineClient.connect(pool.address);
      expect(await client.ask('echo still')).toBe('STILL');
      await client.end();
      expect(await closed[0]).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
    });

    test('refuses a name that it does not know', () => {
      const scheduling = 'random' as SchedulingPolicy;
      expect(
        () => new kind.Pool({ handler: handlerUrl('commands'), ...kind.options, scheduling }),
      ).toThrow("Option scheduling must be one of 'least-connections', ");
    });
  });
}

/** Connects clients one after the other, and asks each for its worker. */
async function clientsOn(
  connect: () => Promise<LineClient>,
  count: number,
): Promise<{ client: LineClient; worker: string | undefined }[]> {
  const clients: { client: LineClient; worker: string | undefined }[] = [];
  while (clients.length < count) {
    const client = await connect();
    clients.push({ client, worker: await client.ask('worker') });
  }
  return clients;
}

/** Connects until a client is on that worker: the primary hears a moment later of a close. */
async function placedAfter(connect: () => Promise<LineClient>, id: number): Promise<LineClient> {
  for (;;) {
    const client = await connect();
    if ((await client.ask('worker')) === String(id)) return client;
    await client.end();
  }
}
