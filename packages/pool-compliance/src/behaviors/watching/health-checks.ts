import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { connect as connectTo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HealthServer, serveHealth } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

const urlOf = ({ address }: HealthServer, path: string): string =>
  `http://127.0.0.1:${address?.port}${path}`;

async function livenessAndReadiness(server: HealthServer): Promise<number[]> {
  const checks = ['/livez', '/readyz'].map((path) => fetch(urlOf(server, path)));
  return (await Promise.all(checks)).map(({ status }) => status);
}

/** Opens connections, 100 at a time, each of which comes again as soon as it is turned away. */
const FLOOD = `
  const { connect } = require('node:net');
  let connections = 0;
  const open = () => {
    connections += 1;
    if (connections === 1000) console.log('flooding');
    const client = connect(Number(process.argv[1]), '127.0.0.1').on('error', () => {}).resume();
    client.once('close', open);
    client.once('connect', () => setTimeout(() => client.destroy(), 50));
  };
  for (let client = 0; client < 100; client += 1) open();
  setTimeout(() => process.exit(1), 120_000).unref();
`;

/** What a pool says about its health, and how it goes through a close. */
export function describeHealthChecks(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} health checks`, () => {
    test('it is live from the start, and ready from listen() to close()', async () => {
      const pool = createPool(kind);
      const live = { ok: true, reasons: [] };
      expect(pool.health()).toMatchObject({
        state: 'idle',
        liveness: live,
        readiness: { ok: false, reasons: ['the pool does not listen yet'] },
      });
      await pool.listen();
      expect(pool.health()).toMatchObject({
        state: 'listening',
        liveness: live,
        readiness: { ok: true, reasons: [] },
        workers: [
          { workerId: 0, condition: 'well' },
          { workerId: 1, condition: 'well' },
        ],
      });
      pool.pause();
      expect(pool.health().readiness.reasons).toEqual(['the pool is paused']);
      pool.resume();
      expect(pool.health().readiness.ok).toBe(true);
      const closed = pool.close();
      expect(pool.health()).toMatchObject({
        liveness: live,
        readiness: { ok: false, reasons: ['the pool is closing'] },
      });
      await closed;
      expect(pool.health()).toMatchObject({
        liveness: { ok: false, reasons: ['the pool is closed'] },
        readiness: { ok: false, reasons: ['the pool is closed'] },
        workers: [],
      });
    });

    test.skipIf(apart.missing)(
      `it tells busy, stuck and dead workers apart, and is ready while one can serve${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          health: { stuckTimeoutMs: 4_000 },
          respawn: { initialDelayMs: 60_000, maxDelayMs: 60_000 },
        });
        // On a busy machine the loop of a worker that is well may be late, too.
        const conditions = (): string[] =>
          pool
            .health()
            .workers.map(({ condition }, index) =>
              index === 1 && (condition === 'well' || condition === 'busy') ? 'serves' : condition,
            );
        const clients = await oneClientPerWorker(connect, 2);
        const stuck = once(pool, 'workerStuck').then(conditions);
        const dead = once(pool, 'workerRespawn').then(conditions);
        expect(await clients[0]?.ask('spin')).toBe('spinning');
        await expect.poll(conditions).toEqual(['busy', 'serves']);
        expect(pool.health().readiness.ok).toBe(true);
        expect(await stuck).toEqual(['stuck', 'serves']);
        expect(await dead).toEqual(['dead', 'serves']);
        expect(pool.health().readiness.ok).toBe(true);
        const died = once(pool, 'workerRespawn');
        clients[1]?.send('exit 1');
        await died;
        expect(pool.health()).toMatchObject({
          liveness: { ok: true },
          readiness: {
            ok: false,
            reasons: ['no worker can serve: worker 0 is dead, worker 1 is dead'],
          },
        });
      },
    );

    test('serveHealth() answers /livez, /readyz and /healthz, and closes with the pool', async () => {
      const pool = createPool(kind);
      const server = await serveHealth(pool);
      const status = async (path: string, method = 'GET'): Promise<number> => {
        const response = await fetch(urlOf(server, path), { method });
        await response.arrayBuffer();
        return response.status;
      };
      expect([await status('/livez'), await status('/readyz')]).toEqual([200, 503]);
      await pool.listen();
      expect([await status('/livez'), await status('/readyz?verbose')]).toEqual([200, 200]);
      const response = await fetch(urlOf(server, '/healthz'));
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({
        ok: true,
        state: 'listening',
        workers: [{ condition: 'well' }, { condition: 'well' }],
      });
      const head = await fetch(urlOf(server, '/readyz'), { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
      expect([await status('/readyz', 'POST'), await status('/')]).toEqual([405, 404]);
      // A page whose name leads here asks by that name, and reads nothing.
      const asked = async (host: string): Promise<number | undefined> => {
        const request = http.get(urlOf(server, '/readyz'), { headers: { host } });
        const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
        reply.resume();
        return reply.statusCode;
      };
      expect(await asked('rebound.example:9091')).toBe(421);
      expect(await asked('localhost:9091')).toBe(200);
      expect(await asked('[::1]:9091')).toBe(200);
      // One that asks nothing does not hold it up.
      const silent = connectTo(server.address?.port ?? 0, '127.0.0.1');
      await once(silent, 'connect');
      const ended = once(silent.resume(), 'close');
      await pool.close();
      await ended;
      expect(server.address).toBeUndefined();
      await expect(fetch(urlOf(server, '/livez'))).rejects.toThrow();
      await expect(serveHealth(pool)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    });

    test.skipIf(apart.missing)(
      `it is not ready while all workers hang, answers all the while, and is ready again after${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          health: { unreadyAfterMs: 1_000, stuckTimeoutMs: 3_000 },
          respawn: { initialDelayMs: 0 },
        });
        const server = await serveHealth(pool);
        for (const client of await oneClientPerWorker(connect, 2)) {
          expect(await client.ask('spin')).toBe('spinning');
        }
        const readyz = (): Promise<number> =>
          fetch(urlOf(server, '/readyz')).then(({ status }) => status);
        await expect.poll(readyz).toBe(503);
        const { reasons } = pool.health().readiness;
        expect(reasons).toEqual([
          expect.stringMatching(/^no worker can serve: worker 0 (?:has hung for \d+ ms|is \w+), /),
        ]);
        expect(pool.health().liveness.ok).toBe(true);
        await expect.poll(readyz).toBe(200);
      },
    );

    test('probes get through to serveHealth() past silent, slow and unread clients, and past a flood', async () => {
      const pool = createPool(kind);
      const server = await serveHealth(pool);
      const crowd = (request: string): Socket[] =>
        Array.from({ length: 700 }, () => {
          const client = connectTo(server.address?.port ?? 0, '127.0.0.1');
          client.on('error', () => undefined).pause();
          client.write(request);
          return client;
        });
      const clients = [
        ...crowd(''),
        ...crowd('GET /healthz HTTP/1.1\r\nhost: a\r\n'),
        ...crowd('x'),
      ];
      await Promise.all(clients.map((client) => once(client, 'connect').catch(() => undefined)));
      expect(await livenessAndReadiness(server)).toEqual([200, 503]);
      const flood = spawn(process.execPath, ['--eval', FLOOD, String(server.address?.port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void flood.kill());
      await once(flood.stdout, 'data');
      for (let probe = 0; probe < 5; probe += 1) {
        expect(await livenessAndReadiness(server)).toEqual([200, 503]);
      }
      expect(flood.exitCode).toBeNull();
      for (const client of clients) client.destroy();
    });

    test('a second health server is refused a port that is taken, and what is no address', async () => {
      const pool = createPool(kind);
      const first = await serveHealth(pool);
      const port = first.address?.port ?? 0;
      await expect(serveHealth(pool, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await first.close();
      await first.close();
      const second = await serveHealth(pool, { port });
      expect(await livenessAndReadiness(second)).toEqual([200, 503]);
      await second.close();
      expect(second.address).toBeUndefined();
      await expect(serveHealth(pool, { port: 65_536 })).rejects.toThrow(RangeError);
      await expect(serveHealth(pool, { host: 1 as never })).rejects.toThrow(TypeError);
    });

    test('a close goes: not ready, and after readinessDelayMs accepting stops, connections end, all is closed', async () => {
      const { pool, connect } = await listeningPool(kind, { shutdown: { readinessDelayMs: 50 } });
      const server = await serveHealth(pool);
      const told: string[] = [];
      for (const event of ['closing', 'acceptingStopped', 'closed'] as const) {
        pool.on(event, () => void told.push(event));
      }
      const early = await connect();
      const stopped = once(pool, 'acceptingStopped');
      const closed = pool.close();
      expect(told).toEqual(['closing']);
      await stopped;
      expect(await livenessAndReadiness(server)).toEqual([200, 503]);
      expect(await early.ask('echo early')).toBe('EARLY');
      await early.end();
      expect(await closed).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
      expect(told).toEqual(['closing', 'acceptingStopped', 'closed']);
    });

    test.skipIf(apart.missing)(
      `clients are served for readinessDelayMs, and a worker that dies meanwhile is replaced; destroy() ends it${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          workers: 1,
          shutdown: { readinessDelayMs: 60_000 },
        });
        const server = await serveHealth(pool);
        const closed = pool.close();
        expect(await (await connect()).ask('echo late')).toBe('LATE');
        expect(await livenessAndReadiness(server)).toEqual([200, 503]);
        const replaced = once(pool, 'workerReady');
        (await connect()).send('exit 1');
        await replaced;
        expect(await (await connect()).ask('echo on')).toBe('ON');
        void pool.destroy();
        expect(await closed).toMatchObject({ cutConnections: 1 });
      },
    );

    test('refuses a readinessDelayMs that is no duration', () => {
      expect(() => createPool(kind, { shutdown: { readinessDelayMs: -1 } })).toThrow(
        'Option shutdown.readinessDelayMs must be a whole number, 0 to 2147483647, got -1',
      );
    });
  });
}
