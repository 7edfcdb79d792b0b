import { once } from 'node:events';
import { answerScrape, type PoolMetrics } from '@sockpool/metrics';
import type { WorkerPool } from '@sockpool/pool-core';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { Http1Client } from '../../clients/http1-client.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a pool tells of itself by `metrics()`. */
export function describeMeasuring(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} measuring`, () => {
    test.skipIf(apart.missing)(
      `counts the requests of every worker, and what its program counts${apart.note}`,
      async () => {
        const pool = await measuredPool(kind, { workers: 2 });
        for (let times = 0; times < 5; times += 1) await ask(pool, '/', '/missing');
        await expect.poll(() => requests(pool)).toEqual({ 'GET 2xx': 5, 'GET 4xx': 5 });
        await expect.poll(() => family(pool, 'app_served_total')).toEqual([10]);
        const { total, lostReports } = pool.metrics();
        expect(total.counts).toMatchObject({ totalConnections: 5, handlerErrors: 0 });
        expect(total.measures?.bytesRead).toBe(400);
        expect(total.measures?.bytesWritten).toBeGreaterThan(500);
        expect(lostReports).toBe(0);
      },
    );

    test.skipIf(apart.missing)(
      `loses nothing of workers that a restart replaces${apart.note}`,
      async () => {
        const pool = await measuredPool(kind, { workers: 2 });
        // No second goes by: what is counted comes with the last report.
        for (let times = 0; times < 4; times += 1) await ask(pool, '/');
        await pool.restart();
        expect(requests(pool)).toEqual({ 'GET 2xx': 4 });
        expect(family(pool, 'app_served_total').at(0)).toBe(4);
        expect(pool.metrics()).toMatchObject({
          generation: 1,
          restarts: { done: 1, failed: 0 },
          lostReports: 0,
          total: { counts: { totalConnections: 4, activeConnections: 0 } },
        });
        // Gauges are of the workers that are there.
        await expect.poll(() => family(pool, 'app_open')).toEqual([2]);
        await pool.close();
        expect(requests(pool)).toEqual({ 'GET 2xx': 4 });
      },
    );

    test.skipIf(apart.missing)(
      `no sum falls when a worker dies, and its missing report is told of${apart.note}`,
      async () => {
        const pool = await measuredPool(kind, { workers: 1 });
        await ask(pool, '/');
        await expect.poll(() => family(pool, 'app_served_total')).toEqual([1]);
        await expect.poll(() => requests(pool)).toEqual({ 'GET 2xx': 1 });
        const before = counters(pool.metrics());
        const exited = once(pool, 'workerExit');
        const replaced = once(pool, 'workerReady');
        const client = await Http1Client.connect(pool.address);
        client.socket.write('GET /exit HTTP/1.1\r\nHost: a\r\n\r\n');
        await exited;
        expectNoneFell(before, counters(pool.metrics()));
        await replaced;
        await ask(pool, '/');
        await expect.poll(() => requests(pool)['GET 2xx']).toBe(2);
        await expect.poll(() => family(pool, 'app_served_total')).toEqual([2]);
        expectNoneFell(before, counters(pool.metrics()));
        expect(pool.metrics()).toMatchObject({ lostReports: 1, respawns: 1 });
      },
    );

    test.skipIf(apart.missing)(
      `a worker that hangs fails no scrape, and shows in the age of its heartbeat${apart.note}`,
      async () => {
        const pool = await measuredPool(kind, { workers: 1, health: { stuckTimeoutMs: Infinity } });
        await ask(pool, '/');
        await expect.poll(() => requests(pool)).toEqual({ 'GET 2xx': 1 });
        const client = await Http1Client.connect(pool.address);
        client.socket.write('GET /spin HTTP/1.1\r\nHost: a\r\n\r\n');
        await expect
          .poll(() => pool.metrics().slots[0]?.workers[0]?.heartbeatAgeMs)
          .toBeGreaterThan(1_000);
        const { body } = answerScrape(pool);
        expect(body).toContain(
          'sockpool_http_request_duration_seconds_count{worker="0",method="GET",status="2xx"} 1\n',
        );
      },
    );

    test('without the option tells what it counts anyway, and workers measure nothing', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const client = await connect();
      expect(await client.ask('echo hello')).toBe('HELLO');
      await client.end();
      await expect
        .poll(() => pool.metrics().total.counts)
        .toMatchObject({ totalConnections: 1, activeConnections: 0, messages: 1 });
      expect(pool.metrics().total.measures).toBeUndefined();
      expect(answerScrape(pool).body).toContain('sockpool_connections_total{worker="0"} 1\n');
    });

    test('can be asked before it listens and after its close', async () => {
      const pool = createPool(kind, { metrics: true });
      expect(pool.metrics()).toMatchObject({ state: 'idle', workerCount: 2 });
      await pool.listen();
      await pool.close();
      expect(pool.metrics()).toMatchObject({ state: 'closed' });
      expect(JSON.parse(JSON.stringify(pool.metrics()))).toMatchObject({ lostReports: 0 });
    });

    test('refuses an option metrics that is neither a boolean nor options', () => {
      expect(() => createPool(kind, { metrics: 'yes' as never })).toThrow(
        new TypeError("Option metrics must be true, false or an object, got 'yes'"),
      );
      expect(() => createPool(kind, { metrics: { htpp: true } as never })).toThrow(
        new TypeError('Unknown option metrics.htpp: did you mean metrics.http? Allowed are http'),
      );
      expect(() => createPool(kind, { metrics: { http: 1 as never } })).toThrow(
        new TypeError('Option metrics.http must be true or false, got 1'),
      );
    });
  });
}

async function measuredPool(
  kind: PoolKind,
  options: Parameters<typeof createPool>[1],
): Promise<WorkerPool> {
  const { pool } = await listeningPool(kind, { ...options, name: 'measured', metrics: true });
  return pool;
}

/** Asks for paths on one connection, and waits for its end. */
async function ask(pool: WorkerPool, ...paths: readonly string[]): Promise<void> {
  const client = await Http1Client.connect(pool.address);
  for (const [index, path] of paths.entries()) {
    const last = index === paths.length - 1 ? 'Connection: close\r\n' : '';
    client.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${last}\r\n`);
  }
  await client.ended;
}

/** The requests by method and class of status. */
function requests(pool: WorkerPool): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, status, duration } of pool.metrics().total.measures?.requests ?? []) {
    const kind = `${method} ${status === 0 ? 'aborted' : `${Math.floor(status / 100)}xx`}`;
    counts[kind] = (counts[kind] ?? 0) + duration.counts.reduce((sum, count) => sum + count, 0);
  }
  return counts;
}

/** The values of a metric of the program. */
function family(pool: WorkerPool, wanted: string): number[] {
  const { families } = pool.metrics();
  return families.find(({ name }) => name === wanted)?.values.map(({ value }) => value) ?? [];
}

/** Every number that may only grow. */
function counters({ slots, total, families }: PoolMetrics): Map<string, number> {
  const found = new Map<string, number>();
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'number') found.set(path, value);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) walk(`${path}.${name}`, inner);
    }
  };
  walk('total', { ...total, counts: { ...total.counts, activeConnections: 0 } });
  for (const { workerId, sums } of slots) {
    walk(`slot ${workerId}`, { ...sums, counts: { ...sums.counts, activeConnections: 0 } });
  }
  for (const { name, type, values } of families) if (type === 'counter') walk(name, values);
  return found;
}

function expectNoneFell(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): void {
  expect(before.size).toBeGreaterThan(20);
  const fallen = [...before].filter(([name, value]) => (after.get(name) ?? -1) < value);
  expect(fallen).toEqual([]);
}
