import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type HealthServer, serveHealth } from '@sockpool/worker-supervisor';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../pool-under-test.ts';

const urlOf = ({ address }: HealthServer, path: string): string =>
  `http://127.0.0.1:${address?.port}${path}`;

async function livenessAndReadiness(server: HealthServer): Promise<number[]> {
  const checks = ['/livez', '/readyz'].map((path) => fetch(urlOf(server, path)));
  return (await Promise.all(checks)).map(({ status }) => status);
}

/** What a pool says about its health, and how it goes through a close. */
export function describeHealthChecks(kind: PoolKind): void {
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

    test('it tells busy, stuck and dead workers apart, and is ready while one can serve', async () => {
      const { pool, connect } = await listeningPool(kind, {
        health: { stuckTimeoutMs: 2_000 },
        respawn: { initialDelayMs: 60_000, maxDelayMs: 60_000 },
      });
      const conditions = (): string[] => pool.health().workers.map(({ condition }) => condition);
      const clients = await oneClientPerWorker(connect, 2);
      const stuck = once(pool, 'workerStuck').then(conditions);
      const dead = once(pool, 'workerRespawn').then(conditions);
      expect(await clients[0]?.ask('spin')).toBe('spinning');
      await expect.poll(conditions, { interval: 20, timeout: 10_000 }).toEqual(['busy', 'well']);
      expect(pool.health().readiness.ok).toBe(true);
      expect(await stuck).toEqual(['stuck', 'well']);
      expect(await dead).toEqual(['dead', 'well']);
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
    });

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

    test('clients are served for readinessDelayMs, and a worker that dies meanwhile is replaced; destroy() ends it', async () => {
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
    });

    test('refuses a readinessDelayMs that is no duration', () => {
      expect(() => createPool(kind, { shutdown: { readinessDelayMs: -1 } })).toThrow(
        'Option shutdown.readinessDelayMs must be a whole number, 0 to 2147483647, got -1',
      );
    });
  });
}
