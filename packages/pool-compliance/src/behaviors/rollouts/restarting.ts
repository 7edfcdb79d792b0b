import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { WorkerPool } from '@sockpool/pool-core';
import { bootDoor } from '../../boot-door.ts';
import { requirement } from '../../capabilities.ts';
import { changingHandler, greeting } from '../../changing-handler.ts';
import { LineClient } from '../../clients/line-client.ts';
import {
  createPool,
  handlerUrl,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';
import { httpLoad, lineLoad } from '../../clients/steady-load.ts';

/** The native ids of the workers, by slot. */
async function natives(pool: WorkerPool): Promise<number[]> {
  return (await pool.stats()).workers.map(({ nativeId }) => nativeId);
}

/** Where each worker stands: its slot and its generation. */
async function generations(pool: WorkerPool): Promise<[workerId: number, generation: number][]> {
  return (await pool.stats()).workers.map(({ workerId, generation }) => [workerId, generation]);
}

/** What a pool does when its workers are exchanged while it serves. */
export function describeRestarting(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} restarting`, () => {
    test.skipIf(apart.missing)(
      `restart() does not wait for a worker that is starting${apart.note}`,
      async () => {
        const { loading } = await bootDoor();
        const first = loading();
        const pool = createPool(kind, { name: 'ready-when-told', workers: 1 });
        const listening = pool.listen();
        (await first).end();
        const client = await LineClient.connect(await listening);
        const second = loading();
        client.send('die');
        // The one that replaces it loads for as long as the test goes.
        await second;
        const report = await pool.restart({ handler: handlerUrl('commands'), graceMs: 600_000 });
        expect(report.workers).toMatchObject({ drained: 1 });
        await client.ended;
      },
    );

    test.skipIf(apart.missing)(
      `restart() exchanges every worker, each in its place, and tells${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        const before = await natives(pool);
        const begun = once(pool, 'restarting');
        const told = once(pool, 'restarted');
        const report = await pool.restart();
        expect(await begun).toEqual([1]);
        expect(await told).toEqual([report]);
        expect(report).toMatchObject({
          generation: 1,
          cutConnections: 0,
          workers: { drained: 2, terminated: 0, killed: 0, abandoned: 0 },
        });
        expect(await generations(pool)).toEqual([
          [0, 1],
          [1, 1],
        ]);
        expect(await natives(pool)).not.toEqual(expect.arrayContaining([before[0]]));
        expect((await pool.stats()).respawns).toBe(0);
        expect(await (await connect()).ask('echo new')).toBe('NEW');
      },
    );

    test.skipIf(apart.missing)(
      `old workers finish their connections while new clients are served by new workers${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        const old = await oneClientPerWorker(connect, 2);
        const before = await Promise.all(old.map((client) => client.ask('native')));
        for (const client of old) client.send('wait');
        const restarted = pool.restart({ graceMs: Infinity });
        // Told when the worker goes away, so the new ones serve by now.
        expect(await Promise.all(old.map((client) => client.next()))).toEqual([
          'leaving',
          'leaving',
        ]);
        expect(await generations(pool)).toEqual([
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ]);
        const young = await Promise.all(Array.from({ length: 6 }, connect));
        const after = await Promise.all(young.map((client) => client.ask('native')));
        expect(before).not.toEqual(expect.arrayContaining([after[0]]));
        expect(await Promise.all(old.map((client) => client.ask('echo still')))).toEqual([
          'STILL',
          'STILL',
        ]);
        await Promise.all(old.map((client) => client.end()));
        expect(await restarted).toMatchObject({ cutConnections: 0, workers: { drained: 2 } });
        expect(await young[0]?.ask('echo on')).toBe('ON');
      },
    );

    test('connections of old workers that are not done within graceMs are cut and counted', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const client = await connect();
      await client.ask('echo open');
      expect(await pool.restart({ graceMs: 30 })).toMatchObject({
        cutConnections: 1,
        workers: { drained: 0, terminated: 1 },
      });
      await client.ended;
    });

    test.skipIf(apart.missing)(`picks up a changed handler file${apart.note}`, async () => {
      const handler = await changingHandler(greeting('one'));
      const { pool, connect } = await listeningPool(kind, { handler: handler.path });
      expect(await (await connect()).next()).toBe('one');
      await handler.write(greeting('two'));
      await pool.restart();
      expect(await (await connect()).next()).toBe('two');
    });

    test.skipIf(apart.missing)(
      `takes another handler and other data, also for workers that replace dead ones later${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, { name: 'echo-lines', workers: 1 });
        const ask = async (line: string): Promise<string | undefined> => {
          const client = await connect();
          const reply = await client.ask(line);
          await client.end();
          return reply;
        };
        expect(await ask('data')).toBe('DATA');
        await pool.restart({ handler: handlerUrl('commands'), workerData: { version: 2 } });
        expect(await ask('data')).toBe('{"version":2}');
        const replaced = once(pool, 'workerReady');
        await ask('exit 1');
        expect((await replaced)[0]).toMatchObject({ workerId: 0, generation: 1 });
        expect(await ask('data')).toBe('{"version":2}');
        // What is not given stays.
        await pool.restart();
        expect(await ask('data')).toBe('{"version":2}');
      },
    );

    test.skipIf(apart.missing).each([
      ['throws', 'throws-at-load', /no database/, 60_000],
      ['is never ready', 'never-ready', /not ready within 8000 ms/, 8_000],
    ] as const)(
      `a restart with a handler that %s fails, and changes nothing${apart.note}`,
      async (_, name, reason, bootTimeoutMs) => {
        const { pool, connect } = await listeningPool(kind, { bootTimeoutMs });
        const client = await connect();
        await client.ask('echo open');
        const before = await natives(pool);
        const told = once(pool, 'restartFailed');
        const error = await pool.restart({ handler: handlerUrl(name) }).catch((thrown) => thrown);
        expect(error).toMatchObject({
          code: 'ERR_RESTART_FAILED',
          cause: { message: expect.stringMatching(reason) },
        });
        expect(error.message).toContain('Cannot restart the pool, which serves on as before');
        expect(await told).toEqual([error]);
        expect(await natives(pool)).toEqual(before);
        expect(await client.ask('echo on')).toBe('ON');
        expect(await client.ask('aborted')).toBe('false');
        const young = await connect();
        expect(await young.ask('echo new')).toBe('NEW');
        await Promise.all([client.end(), young.end()]);
        expect(await pool.restart()).toMatchObject({ generation: 1 });
      },
    );

    test('with maxSurge 1 there is never more than one worker too many', async () => {
      const { pool } = await listeningPool(kind, { workers: 3 });
      const steps: string[] = [];
      pool.on('workerReady', ({ workerId }) => steps.push(`+${workerId}`));
      pool.on('workerExit', ({ workerId }) => steps.push(`-${workerId}`));
      await pool.restart({ maxSurge: 1 });
      expect(steps).toEqual(['+0', '-0', '+1', '-1', '+2', '-2']);
      expect(await generations(pool)).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
      ]);
    });

    test.skipIf(apart.missing)(`pause() holds through a restart${apart.note}`, async () => {
      const { pool, connect } = await listeningPool(kind);
      pool.pause();
      const restarted = pool.restart();
      const early = await connect();
      early.send('native');
      await restarted;
      expect((await pool.stats()).total.totalConnections).toBe(0);
      pool.resume();
      expect(await early.next()).toMatch(/^\d+\/\d+$/);
    });

    test.skipIf(apart.missing)(
      `a worker that dies during a restart is replaced, whatever its generation${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        const [victim, keeper] = await oneClientPerWorker(connect, 2);
        keeper?.send('wait');
        const restarted = pool.restart({ graceMs: Infinity });
        victim?.send('exit 3');
        expect(await keeper?.next()).toBe('leaving');
        await victim?.ended;
        const young = await connect();
        const id = Number(await young.ask('worker'));
        const replaced = new Promise<unknown>((resolve) => {
          pool.on('workerReady', (worker) => {
            if (worker.workerId === id) resolve(worker);
          });
        });
        young.send('exit 4');
        expect(await replaced).toMatchObject({ workerId: id, generation: 1 });
        await keeper?.end();
        await restarted;
        expect(await generations(pool)).toEqual([
          [0, 1],
          [1, 1],
        ]);
      },
    );

    test('restarts run one after another', async () => {
      const { pool } = await listeningPool(kind, { workers: 1 });
      const [first, second] = await Promise.all([pool.restart(), pool.restart()]);
      expect([first.generation, second.generation]).toEqual([1, 2]);
      expect(await generations(pool)).toEqual([[0, 2]]);
    });

    test.each(['close', 'destroy'] as const)(
      '%s() ends a restart that is under way, and those that wait',
      async (verb) => {
        const { pool, connect } = await listeningPool(kind, { bootTimeoutMs: 60_000 });
        const client = await connect();
        await client.ask('echo open');
        const begun = once(pool, 'restarting');
        const refused = [
          pool.restart({ handler: handlerUrl('never-ready') }),
          pool.restart(),
          pool.resize(3),
        ].map((change) => expect(change).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' }));
        await begun;
        const closed = pool[verb]();
        await Promise.all(refused);
        if (verb === 'close') expect(await client.ask('echo on')).toBe('ON');
        await client.end();
        await closed;
        expect((await pool.stats()).workers).toEqual([]);
      },
    );

    test('refuses a restart before listen(), after close(), and with wrong options', async () => {
      const idle = createPool(kind);
      await expect(idle.restart()).rejects.toMatchObject({ code: 'ERR_POOL_NOT_LISTENING' });
      await idle.close();
      await expect(idle.restart()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
      const { pool } = await listeningPool(kind);
      await expect(pool.restart({ maxSurge: 0 })).rejects.toThrow(
        new RangeError('Option maxSurge must be a whole number, 1 or more, or Infinity, got 0'),
      );
      await expect(pool.restart({ workers: 3 } as object)).rejects.toThrow(
        /^Unknown option workers of restart\(\): allowed are handler, workerData, /,
      );
      expect(await generations(pool)).toEqual([
        [0, 0],
        [1, 0],
      ]);
    });

    test('restarts and resizes under load lose no request and no connection', async () => {
      const { pool } = await listeningPool(kind, { name: 'echo-lines' });
      const load = lineLoad(pool.address);
      await load.underWay;
      for (const workers of [3, 1, 4, 2]) {
        await pool.restart();
        expect(await pool.resize(workers)).toMatchObject({ workers, cutConnections: 0 });
      }
      expect(await pool.restart({ maxSurge: 1 })).toMatchObject({ cutConnections: 0 });
      const { right, errors } = await load.stop();
      expect(errors).toEqual({});
      expect(right).toBeGreaterThan(40);
      expect((await pool.stats()).lostConnections).toBe(0);
    });

    test('restarts under load lose no HTTP request on keep-alive connections', async () => {
      const { pool } = await listeningPool(kind, { name: 'hosted/http' });
      const load = httpLoad(pool.address);
      await load.underWay;
      for (const workers of [3, 2]) {
        expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
        expect(await pool.resize(workers)).toMatchObject({ workers, cutConnections: 0 });
      }
      expect((await load.stop()).errors).toEqual({});
    });
  });
}
