import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

/** What a pool does when it is told to end. */
export function describeClosing(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  const lent = requirement(kind, 'keepsPortFromChildren');
  describe(`${kind.name} closing`, () => {
    test('close() fires the signal, serves open connections to their end, and refuses new ones', async () => {
      const { pool, connect } = await listeningPool(kind);
      const { address } = pool;
      const client = await connect();
      expect(await client.ask('aborted')).toBe('false');
      client.send('wait');
      await client.ask('echo before');
      const closed = pool.close();
      expect(await client.next()).toBe('leaving');
      expect(await client.ask('echo during')).toBe('DURING');
      expect(await client.end()).toEqual({ errorCode: undefined });
      expect(await closed).toMatchObject({
        drainedConnections: 1,
        cutConnections: 0,
        workers: { drained: 2, terminated: 0, killed: 0, abandoned: 0 },
      });
      expect((await LineClient.start(address).ended).errorCode).toBe('ECONNREFUSED');
      expect(pool.state).toBe('closed');
      expect(pool.address).toBeUndefined();
    });

    test('close() counts as drained only what was open, on whatever worker the others had been', async () => {
      const { pool, connect } = await listeningPool(kind);
      for (const client of await oneClientPerWorker(connect, 2)) await client.end();
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(0);
      const client = await connect();
      await client.ask('echo open');
      const closed = pool.close();
      await client.end();
      expect(await closed).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
    });

    test.skipIf(apart.missing)(
      `close() refuses new clients while it still serves open ones, whatever workers have been replaced${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          workers: 2,
          maxConnectionsPerWorker: 2,
        });
        const { address } = pool;
        const replaced = once(pool, 'workerReady');
        (await connect()).send('exit 1');
        await replaced;
        const open = await connect();
        open.send('wait');
        await open.ask('echo open');
        const closed = pool.close({ graceMs: Infinity });
        expect(await open.next()).toBe('leaving');
        // The port is closed a few turns after the workers were told to leave; until then
        // clients are still served.
        await expect
          .poll(async () => (await LineClient.start(address).end()).errorCode)
          .toBe('ECONNREFUSED');
        expect(await open.ask('echo still open')).toBe('STILL OPEN');
        await open.end();
        expect((await closed).workers).toMatchObject({ drained: 2 });
      },
    );

    // A thread's own listener has been moved to it, which Node does without close-on-exec.
    test.skipIf(lent.missing)(
      `close() refuses new clients also while a child process runs that the program has started${lent.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind);
        await pool.restart();
        const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)'], {
          stdio: 'ignore',
        });
        onTestFinished(() => void child.kill('SIGKILL'));
        await once(child, 'spawn');
        const { address } = pool;
        const client = await connect();
        await client.ask('echo before');
        await client.end();
        await pool.close();
        expect((await LineClient.start(address).ended).errorCode).toBe('ECONNREFUSED');
        expect(child.exitCode).toBe(null);
      },
    );

    test('close() serves every client that waits in the backlog of a full pool', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 3,
        maxConnectionsPerWorker: 1,
      });
      const clients = await Promise.all(Array.from({ length: 30 }, connect));
      const served = clients.map(async (client, index) => {
        const replies: (string | undefined)[] = [];
        for (let round = 0; round < 3; round += 1) {
          replies.push(await client.ask(`echo ${index} ${round}`));
        }
        return [...replies, (await client.end()).errorCode];
      });
      await Promise.race(served);
      const report = await pool.close();
      expect(await Promise.all(served)).toEqual(
        clients.map((_, index) => [`${index} 0`, `${index} 1`, `${index} 2`, undefined]),
      );
      expect(report.cutConnections).toBe(0);
      expect(report.drainedConnections).toBeGreaterThan(20);
    });

    test('close() tells connections that waited for a worker that the signal has fired', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        maxConnectionsPerWorker: 1,
      });
      const busy = await connect();
      await busy.ask('echo busy');
      const waiting = await connect();
      waiting.send('aborted');
      busy.send('wait');
      const closed = pool.close();
      // Only then has the signal fired for sure when its worker takes the next one.
      expect(await busy.next()).toBe('leaving');
      busy.socket.end();
      expect(await waiting.next()).toBe('true');
      await waiting.end();
      expect(await closed).toMatchObject({ drainedConnections: 2, cutConnections: 0 });
    });

    test('close() cuts and counts what is not done after the grace period, the waiting ones too', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        maxConnectionsPerWorker: 2,
      });
      const clients = await Promise.all(Array.from({ length: 5 }, connect));
      for (const client of clients) client.send('echo hello');
      expect((await Promise.race(clients.map((client) => client.next()))) ?? '').toBe('HELLO');
      // Time enough on a busy machine to take those who wait out of the backlog.
      const report = await pool.close({ graceMs: 2_000 });
      expect(report).toMatchObject({ drainedConnections: 0, cutConnections: 5 });
      expect(report.workers).toMatchObject({ drained: 0, terminated: 1 });
      await Promise.all(clients.map((client) => client.ended));
    });

    test.skipIf(apart.missing)(
      `close() takes over the waiting clients of a worker that dies meanwhile${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          workers: 2,
          maxConnectionsPerWorker: 1,
        });
        const busy = await Promise.all([connect(), connect()]);
        await Promise.all(busy.map((client) => client.ask('echo busy')));
        const waiting = await Promise.all([connect(), connect(), connect()]);
        for (const client of waiting) client.send('echo waited');
        // From now on the primary knows what each worker has open.
        await pool.stats();
        const closed = pool.close();
        busy[0]?.send('exit 1');
        const replies = await Promise.all(
          waiting.map(async (client) => {
            const reply = await client.next();
            await client.end();
            return reply;
          }),
        );
        expect(replies).toEqual(['WAITED', 'WAITED', 'WAITED']);
        await busy[1]?.end();
        expect(await closed).toMatchObject({ cutConnections: 1, drainedConnections: 4 });
      },
    );

    test.skipIf(apart.missing)(
      `close() kills a worker whose event loop is stuck${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          name: 'refuses-to-die',
          workers: 1,
          shutdown: { graceMs: 100, terminateMs: 100, killMs: 60_000 },
        });
        const client = await connect();
        expect(await client.ask('block')).toBe('blocking');
        expect(await pool.close()).toMatchObject({ cutConnections: 1, workers: { killed: 1 } });
        await client.ended;
      },
    );

    test('destroy() cuts everything at once, also in the middle of a close()', async () => {
      const { pool, connect } = await listeningPool(kind);
      const client = await connect();
      await client.ask('echo open');
      const closed = pool.close({ graceMs: Infinity });
      const destroyed = pool.destroy();
      expect(await destroyed).toBe(await closed);
      expect(await closed).toMatchObject({ cutConnections: 1, drainedConnections: 0 });
      await client.ended;
      expect((await pool.stats()).workers).toEqual([]);
    });

    test('close() and destroy() are idempotent, and tell the same report by the closed event', async () => {
      const { pool } = await listeningPool(kind);
      const event = once(pool, 'closed');
      const report = await pool.close();
      expect(await pool.close({ graceMs: 0 })).toBe(report);
      expect(await pool.destroy()).toBe(report);
      expect(await event).toEqual([report]);
    });

    test('close() before or during listen() leaves nothing behind, and listen() rejects', async () => {
      const never = createPool(kind);
      await never.close();
      await expect(never.listen()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
      const early = createPool(kind);
      const listening = early.listen();
      await Promise.all([
        expect(listening).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' }),
        early.close(),
      ]);
      expect((await early.stats()).workers).toEqual([]);
    });

    test('closes by itself when no connection has come for acceptIdleTimeoutMs, after the last client', async () => {
      const { pool, connect } = await listeningPool(kind, { acceptIdleTimeoutMs: 2_000 });
      const idle = once(pool, 'acceptIdle');
      const closed = once(pool, 'closed');
      const client = await connect();
      await client.ask('echo open');
      await idle;
      expect(pool.state).toBe('closing');
      expect(await client.ask('echo on')).toBe('ON');
      await client.end();
      expect(await closed).toMatchObject([{ drainedConnections: 1, cutConnections: 0 }]);
    });

    test('closes at the end of an `await using` block', async () => {
      const pool = createPool(kind);
      {
        await using scoped = pool;
        await scoped.listen();
      }
      expect(pool.state).toBe('closed');
    });

    test('refuses a grace period that is no duration', async () => {
      const { pool } = await listeningPool(kind);
      expect(() => pool.close({ graceMs: -1 })).toThrow(
        new RangeError(
          'Option graceMs must be a whole number, 0 to 2147483647, or Infinity, got -1',
        ),
      );
      expect(pool.state).toBe('listening');
    });
  });
}
