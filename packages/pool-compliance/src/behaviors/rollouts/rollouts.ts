import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type ProbeTarget, httpProbe, type WorkerPool } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { changingHandler } from '../../changing-handler.ts';
import { LineClient } from '../../clients/line-client.ts';
import { listeningPool, oneClientPerWorker, type PoolKind } from '../../pool-under-test.ts';

/** A handler module that answers each line with a text. */
const answers = (text: string): string => `
  export default (socket) => socket.on('data', () => socket.write('${text}\\n'));
`;

/** A handler module that boots, and whose worker dies of its first request: line 4 of its file. */
const DIES_OF_A_REQUEST = `
  export default (socket) => {
    socket.once('data', () => {
      throw new Error('bad version');
    });
  };
`;

/** Every worker has heard what it was told before. */
async function untilHeard(pool: WorkerPool): Promise<void> {
  const lists = async (): Promise<boolean> =>
    (await pool.connections()).every(({ connections }) => connections !== undefined);
  await expect.poll(lists).toBe(true);
}

async function natives(pool: WorkerPool): Promise<number[]> {
  return (await pool.stats()).workers.map(({ nativeId }) => nativeId);
}

/** Says a line to new workers, and tells their answer, until one of them dies of it. */
async function askUntilCut(connect: () => Promise<LineClient>): Promise<void> {
  for (;;) {
    const client = await connect();
    if ((await client.ask('hello')) === undefined) return;
    await client.end();
  }
}

/** A probe that says one line. */
const ask = async ({ connect }: ProbeTarget): Promise<void> => {
  await LineClient.over(await connect()).ask('hello');
};

/** What a pool does so that new workers which do not work replace none that does. */
export function describeRollouts(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} rollouts`, () => {
    test.skipIf(apart.missing).each([
      ['all at once', undefined],
      ['one at a time', 1],
    ] as const)(
      `a version whose workers die of a request is rolled back, %s${apart.note}`,
      async (_, maxSurge) => {
        const handler = await changingHandler(answers('old'));
        const { pool, connect } = await listeningPool(kind, { handler: handler.path });
        const keeper = await connect();
        expect(await keeper.ask('hello')).toBe('old');
        const before = await natives(pool);
        const respawns: unknown[] = [];
        pool.on('workerRespawn', (...told) => respawns.push(told));
        await handler.write(DIES_OF_A_REQUEST);
        const failed = pool
          .restart({ minReadyMs: 600_000, ...(maxSurge && { maxSurge }) })
          .catch((error: unknown) => error);
        const rolledBack = once(pool, 'restartFailed');
        await askUntilCut(connect);
        const error = await failed;
        expect(error).toMatchObject({
          code: 'ERR_RESTART_FAILED',
          cause: { code: 'ERR_WORKER_CRASH', stack: expect.stringMatching(/handler\.mjs.*:4:/) },
        });
        expect(await rolledBack).toEqual([error]);
        expect(await keeper.ask('hello')).toBe('old');
        for (let asked = 0; asked < 4; asked += 1) {
          const client = await connect();
          expect(await client.ask('hello')).toBe('old');
          await client.end();
        }
        await keeper.end();
        expect(pool.state).toBe('listening');
        expect(await natives(pool)).toEqual(expect.arrayContaining(before));
        expect(respawns).toEqual([]);
        await handler.write(answers('new'));
        await pool.restart();
        expect(await (await connect()).ask('hello')).toBe('new');
      },
    );

    test.skipIf(apart.missing)(
      `old workers keep their connections and take no new ones for minReadyMs${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        const old = await oneClientPerWorker(connect, 2);
        const before = await Promise.all(old.map((client) => client.ask('native')));
        const restarted = pool.restart({ minReadyMs: 600_000 });
        const young = new Set<string | undefined>();
        while (young.size < 2) {
          const client = await connect();
          const native = await client.ask('native');
          if (!before.includes(native)) young.add(native);
          await client.end();
        }
        // The primary hears that both have begun, and then holds those of before.
        await untilHeard(pool);
        await untilHeard(pool);
        expect(await pool.connections()).toHaveLength(4);
        // Resuming is not for those that are held.
        pool.pause();
        pool.resume();
        await untilHeard(pool);
        for (let client = 0; client < 6; client += 1) {
          expect(before).not.toContain(await (await connect()).ask('native'));
        }
        expect(await Promise.all(old.map((client) => client.ask('aborted')))).toEqual([
          'false',
          'false',
        ]);
        const closed = pool.close({ graceMs: 0 });
        expect(await restarted).toMatchObject({ generation: 1, cutConnections: 2 });
        await closed;
      },
    );

    test.skipIf(apart.missing)(
      `a rollback lets the clients of new workers finish, but for those on the one that died${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        const old = await oneClientPerWorker(connect, 2);
        const before = await Promise.all(old.map((client) => client.ask('native')));
        const failed = pool.restart({ minReadyMs: 600_000 }).catch((error: unknown) => error);
        const young = new Map<string | undefined, LineClient>();
        while (young.size < 2) {
          const client = await connect();
          const native = await client.ask('native');
          if (before.includes(native) || young.has(native)) await client.end();
          else young.set(native, client);
        }
        const [victim, other] = young.values();
        other?.send('wait');
        victim?.send('exit 9');
        expect(await failed).toMatchObject({
          code: 'ERR_RESTART_FAILED',
          message: expect.stringMatching(
            /Worker [01] died with exit code 9 within \d+ ms of serving/,
          ),
        });
        await victim?.ended;
        expect(await other?.next()).toBe('leaving');
        expect(await other?.ask('echo on')).toBe('ON');
        expect(await Promise.all(old.map((client) => client.ask('aborted')))).toEqual([
          'false',
          'false',
        ]);
        const late = await connect();
        expect(before).toContain(await late.ask('native'));
        await other?.end();
      },
    );

    test('a probe gets a connection to each new worker before that serves a client', async () => {
      const { pool, connect } = await listeningPool(kind);
      const client = await connect();
      const probed: [workerId: number, generation: number, answer: string | undefined][] = [];
      await pool.restart({
        probe: async ({ worker, address, connect: open }: ProbeTarget) => {
          expect(address).toEqual(pool.address);
          const line = LineClient.over(await open());
          const { nativeId, workerId, generation } = worker;
          expect((await line.ask('native'))?.split('/')).toContain(String(nativeId));
          expect(await client.ask('aborted')).toBe('false');
          probed.push([workerId, generation, await line.ask('worker')]);
          // The old workers need not wait for it any more.
          if (probed.length === 2) client.socket.end();
        },
      });
      expect(probed.toSorted()).toEqual([
        [0, 1, '0'],
        [1, 1, '1'],
      ]);
      const open = async () =>
        (await pool.stats()).workers.map(({ report }) => report?.activeConnections);
      await expect.poll(open).toEqual([0, 0]);
    });

    test('a probe that fails changes nothing, and no client meets the new workers', async () => {
      const { pool, connect } = await listeningPool(kind);
      const clients = await oneClientPerWorker(connect, 2);
      const before = await natives(pool);
      const reason = new Error('no database');
      const probe = (): Promise<void> => Promise.reject(reason);
      await expect(pool.restart({ probe })).rejects.toMatchObject({
        code: 'ERR_RESTART_FAILED',
        message: expect.stringMatching(/The probe of worker [01] failed: no database$/),
        cause: { code: 'ERR_WORKER_PROBE', cause: reason },
      });
      await expect(pool.resize(3, { probe })).rejects.toMatchObject({ code: 'ERR_RESIZE_FAILED' });
      await expect(pool.retire(1, { probe })).rejects.toMatchObject({ code: 'ERR_RETIRE_FAILED' });
      expect(await natives(pool)).toEqual(before);
      expect(await Promise.all(clients.map((client) => client.ask('aborted')))).toEqual([
        'false',
        'false',
      ]);
    });

    test.skipIf(apart.missing)(
      `a worker that dies of its probe fails the restart with its own reason${apart.note}`,
      async () => {
        const handler = await changingHandler(answers('old'));
        const { pool, connect } = await listeningPool(kind, { handler: handler.path });
        await handler.write(DIES_OF_A_REQUEST);
        const error = (await pool.restart({ probe: ask }).catch((thrown) => thrown)) as Error;
        expect(error).toMatchObject({
          code: 'ERR_RESTART_FAILED',
          cause: {
            code: 'ERR_WORKER_CRASH',
            message: expect.stringMatching(
              /^Worker [01] died with exit code 1 while it was probed/,
            ),
          },
        });
        expect(await (await connect()).ask('hello')).toBe('old');
      },
    );

    test('the probe of the option rollout tries workers of a resize, and httpProbe() asks', async () => {
      const { pool } = await listeningPool(kind, {
        name: 'hosted/http',
        rollout: { minReadyMs: 0, probe: httpProbe('/echo/probe') },
      });
      await pool.resize(3);
      await pool.restart();
      await pool.retire(2);
      // A request each, and no client's.
      const { total } = await pool.stats();
      expect(total.totalConnections).toBe(1 + 3 + 1);
    });

    test('a restart does not wait for the drain of the one before, a close does', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const slow: LineClient[] = [];
      const settled: number[] = [];
      const restarts: Promise<unknown>[] = [];
      for (const generation of [1, 2, 3]) {
        const client = await connect();
        client.send('wait');
        slow.push(client);
        const restart = pool.restart({ graceMs: Infinity });
        restarts.push(restart.then((report) => settled.push(report.generation)));
        expect(await client.next()).toBe('leaving');
        const young = await connect();
        expect(await young.ask('echo new')).toBe('NEW');
        await young.end();
        expect((await pool.stats()).workers.map((worker) => worker.generation)).toEqual(
          Array.from({ length: generation + 1 }, (_, index) => index),
        );
      }
      expect(settled).toEqual([]);
      await slow[1]?.end();
      await restarts[1];
      expect(settled).toEqual([2]);
      const closed = pool.close({ graceMs: 600_000 });
      expect(await slow[0]?.ask('echo still')).toBe('STILL');
      expect(await slow[2]?.ask('echo still')).toBe('STILL');
      await slow[0]?.end();
      await restarts[0];
      await slow[2]?.end();
      await restarts[2];
      expect(settled).toEqual([2, 1, 3]);
      await pool.destroy();
      expect(await closed).toMatchObject({ workers: { abandoned: 0 } });
    });

    test.skipIf(apart.missing)(`retire() replaces one worker, and tells${apart.note}`, async () => {
      const { pool, connect } = await listeningPool(kind);
      const [, client] = await oneClientPerWorker(connect, 2);
      const before = await natives(pool);
      client?.send('wait');
      const told = once(pool, 'workerRetired');
      const retired = pool.retire(1, { graceMs: Infinity });
      expect(await client?.next()).toBe('leaving');
      expect(await client?.ask('echo on')).toBe('ON');
      await client?.end();
      const report = await retired;
      expect(report).toMatchObject({
        workerId: 1,
        nativeId: before[1],
        cutConnections: 0,
        step: 'drained',
      });
      expect(await told).toEqual([report]);
      const after = await natives(pool);
      expect(after[0]).toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
      expect(await pool.stats()).toMatchObject({ respawns: 0, recycles: 0 });
    });

    test('retire() refuses an id that no worker has, and wrong options', async () => {
      const { pool } = await listeningPool(kind);
      await expect(pool.retire(2)).rejects.toMatchObject({
        code: 'ERR_UNKNOWN_WORKER',
        message: 'Cannot retire worker 2: the pool has workers 0 to 1',
      });
      await expect(pool.retire('1' as unknown as number)).rejects.toThrow(TypeError);
      await expect(pool.retire(0, { minReadyMs: -1 })).rejects.toThrow(RangeError);
      await pool.close();
      await expect(pool.retire(0)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    });
  });
}
