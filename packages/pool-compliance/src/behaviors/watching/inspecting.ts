import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import https from 'node:https';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OpenConnection, WorkerPool } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { certificateForTests } from '../../hosted/certificate-for-tests.ts';
import { type HostedName, hostedPool } from '../../hosted/hosted-pool.ts';
import { Http1Client } from '../../clients/http1-client.ts';
import { handlerUrl, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** All connections that a pool tells of. */
async function listed(pool: WorkerPool): Promise<readonly OpenConnection[]> {
  return (await pool.connections()).flatMap(({ connections }) => connections ?? []);
}

async function statesOf(pool: WorkerPool): Promise<string[]> {
  return (await listed(pool)).map(({ state }) => state);
}

function connectHttp2(name: HostedName, origin: string): ClientHttp2Session {
  const secure = name === 'hosted/h2';
  return connect(`${secure ? 'https' : 'http'}://${origin}`, { rejectUnauthorized: false });
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const part of parts) whole += part;
  return whole;
}

/** How a pool looks into its workers. */
export function describeInspecting(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} inspection${apart.note}`, () => {
    const certificate = certificateForTests();

    test('lists a connection of a plain handler as serving, with its client and bytes', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      expect(await listed(pool)).toEqual([]);
      const client = await newClient();
      expect(await client.ask('echo on')).toBe('ON');
      const [remoteAddress, remotePort] = ((await client.ask('remote')) ?? '').split(' ');
      const [connection, ...others] = await listed(pool);
      expect(others).toEqual([]);
      expect(connection).toMatchObject({
        remoteAddress,
        remotePort: Number(remotePort),
        state: 'serving',
        activity: 'serving',
        request: undefined,
      });
      expect(connection?.bytesRead).toBe(Buffer.byteLength('echo on\nremote\n'));
      expect(connection?.bytesWritten).toBeGreaterThan(0);
      expect(connection?.openForMs).toBeGreaterThanOrEqual(0);
    });

    test('tells which HTTP connections are idle, and which request is under way', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http');
      const idle = await Http1Client.connect(address);
      expect((await idle.get('/echo/idle'))?.body.toString()).toBe('idle');
      const busy = await Http1Client.connect(address);
      busy.send('/hold/it?secret=1');
      await expect
        .poll(async () => (await listed(pool)).map(({ state, request }) => [state, request]))
        .toEqual([
          ['idle', undefined],
          ['serving', 'GET /hold/it'],
        ]);
      await expect.poll(async () => (await idle.get('/release'))?.body.toString()).toBe('1');
      expect((await busy.next())?.body.toString()).toBe('held');
      await expect.poll(() => statesOf(pool)).toEqual(['idle', 'idle']);
    });

    test.each(['hosted/https', 'hosted/h2', 'hosted/h2c'] as const)(
      'knows the connections of %s',
      async (name) => {
        const { pool, origin } = await hostedPool(kind, name, { tls: certificate().folder });
        const session = name === 'hosted/https' ? undefined : connectHttp2(name, origin);
        const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
        onTestFinished(() => {
          agent.destroy();
          session?.destroy();
        });
        if (session === undefined) {
          const [reply] = await once(https.get(`https://${origin}/echo/on`, { agent }), 'response');
          expect(await text(reply)).toBe('on');
        } else {
          expect(await text(session.request({ ':path': '/echo/on' }))).toBe('on');
        }
        await expect.poll(() => statesOf(pool)).toEqual(['idle']);
        if (session === undefined) return;
        const held = text(session.request({ ':path': '/hold' }));
        await expect
          .poll(async () => (await listed(pool)).map(({ request }) => request))
          .toEqual(['1 HTTP/2 stream']);
        await expect.poll(() => text(session.request({ ':path': '/release' }))).toBe('1');
        expect(await held).toBe('held');
      },
    );

    test('tells who holds up the drain of a restart', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http');
      const client = await Http1Client.connect(address);
      client.send('/hold');
      await expect.poll(() => statesOf(pool)).toEqual(['serving']);
      const restarted = pool.restart({ graceMs: 120_000 });
      await expect
        .poll(async () => {
          const leaving = (await pool.connections()).filter(({ state }) => state === 'draining');
          return leaving.flatMap(({ connections }) => connections ?? []);
        })
        .toMatchObject([{ state: 'draining', activity: 'serving', request: 'GET /hold' }]);
      client.socket.destroy();
      await restarted;
      expect(await listed(pool)).toEqual([]);
    });

    test('lists no more than the limit, and how many there are', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const [first] = [await newClient(), await newClient(), await newClient()];
      await expect
        .poll(async () => (await pool.connections({ limit: 1 }))[0]?.activeConnections)
        .toBe(3);
      const [worker] = await pool.connections({ limit: 1 });
      expect(worker?.connections).toHaveLength(1);
      const [, remotePort] = ((await first?.ask('remote')) ?? '').split(' ');
      expect(worker?.connections?.[0]?.remotePort).toBe(Number(remotePort));
      await expect(pool.connections({ limit: -1 })).rejects.toThrow(RangeError);
    });

    test('tells of a worker that does not answer that its list is not known', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const client = await newClient();
      expect(await client.ask('spin')).toBe('spinning');
      const [worker] = await pool.connections();
      expect(worker).toMatchObject({ workerId: 0, connections: undefined, activeConnections: 1 });
    });

    test('takes the stack of a worker that loops, again and again, and lets it go on', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const client = await newClient();
      expect(await client.ask('spin')).toBe('spinning');
      const looping = /^    at spinForEver \(file:.*commands\.[jt]s:\d+:\d+\)$/m;
      const take = (): Promise<string> => textOf(pool.inspect({ workerId: 0, take: 'stack' }));
      // It still writes its reply.
      await expect.poll(take).toMatch(looping);
      for (let round = 0; round < 3; round += 1) {
        expect(await take()).toMatch(looping);
      }
    });

    test('takes the stack of a worker that is well, twice at once', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const take = (): Promise<string> => textOf(pool.inspect({ workerId: 0, take: 'stack' }));
      for (const stack of await Promise.all([take(), take()])) expect(stack).toMatch(/^    at /);
      expect(await (await newClient()).ask('echo on')).toBe('ON');
    });

    test('profiles the CPU of one worker, which serves on', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const client = await newClient();
      expect(await client.ask('keepBusy')).toBe('busy');
      const profile = textOf(pool.inspect({ workerId: 0, take: 'cpuProfile', durationMs: 500 }));
      expect(await client.ask('echo on')).toBe('ON');
      const { nodes, samples } = JSON.parse(await profile);
      expect(samples.length).toBeGreaterThan(0);
      expect(
        nodes.some((node: { callFrame: { url: string } }) =>
          node.callFrame.url.endsWith(basename(handlerUrl('commands').pathname)),
        ),
      ).toBe(true);
    });

    test('takes a heap snapshot, part by part, and gives it up when its reader leaves', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const client = await newClient();
      let parts = 0;
      for await (const part of pool.inspect({ workerId: 0, take: 'heapSnapshot' })) {
        parts += 1;
        expect(part.length).toBeGreaterThan(0);
        break;
      }
      expect(parts).toBe(1);
      const snapshot = await textOf(pool.inspect({ workerId: 0, take: 'heapSnapshot' }));
      expect(Object.keys(JSON.parse(snapshot))).toEqual(
        expect.arrayContaining(['snapshot', 'nodes', 'edges', 'strings']),
      );
      expect(await client.ask('echo on')).toBe('ON');
    });

    test('rejects a profile whose worker dies, and a second one at a time', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const client = await newClient();
      const profile = textOf(
        pool.inspect({ workerId: 0, take: 'cpuProfile', durationMs: 300_000 }),
      );
      await expect(textOf(pool.inspect({ workerId: 0, take: 'heapSnapshot' }))).rejects.toThrow(
        'Cannot inspect worker 0: a profile or a snapshot of it is being taken already',
      );
      client.send('exit 0');
      await expect(profile).rejects.toMatchObject({ code: 'ERR_INSPECTION' });
    });

    test('ends a profile at once when its signal aborts', async () => {
      const { pool, connect: newClient } = await listeningPool(kind, { workers: 1 });
      const stop = new AbortController();
      const options = { workerId: 0, durationMs: 300_000, signal: stop.signal } as const;
      const profile = textOf(pool.inspect({ ...options, take: 'cpuProfile' }));
      stop.abort(new Error('enough'));
      await expect(profile).rejects.toThrow('enough');
      const another = textOf(pool.inspect({ workerId: 0, take: 'cpuProfile', durationMs: 1 }));
      expect(JSON.parse(await another)).toHaveProperty('nodes');
      expect(await (await newClient()).ask('echo on')).toBe('ON');
    });

    test('refuses what it cannot take', async () => {
      const { pool } = await listeningPool(kind, { workers: 1 });
      const inspect = (options: object): Promise<string> => textOf(pool.inspect(options as never));
      await expect(inspect({ workerId: 7, take: 'stack' })).rejects.toMatchObject({
        code: 'ERR_WORKER_NOT_RUNNING',
      });
      await expect(inspect({ workerId: 0, take: 'core' })).rejects.toThrow(
        "Option take must be one of 'stack', 'cpuProfile', 'heapSnapshot', got 'core'",
      );
      await expect(inspect({ workerId: 0, take: 'cpuProfile', durationMS: 1 })).rejects.toThrow(
        'Unknown option durationMS of inspect(): did you mean durationMs?',
      );
      await expect(inspect({ workerId: 0, take: 'cpuProfile', durationMs: 1e9 })).rejects.toThrow(
        RangeError,
      );
    });
  });
}
