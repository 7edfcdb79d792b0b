import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { PoolOptions, WorkerPool } from '@sockpool/pool-core';
import { serveHealth } from '@sockpool/pool-core';
import { type BenchedPool, handlerOfBench } from './pool-benchmarks.ts';
import { Prometheus } from './prometheus.ts';

/** Clients that keep their connections and ask again and again. */
const CLIENTS = 8;

/** How long a worker may keep what it has counted to itself, in milliseconds: a second, late by a heartbeat or two. */
const UNTOLD_MS = 1_500;

/** What clients saw. */
interface Seen {
  /** Whole replies. */
  replies: number;
  /** Requests that got none, and may have been served. */
  lost: number;
  /** When each worker's last replies came, newest last. */
  readonly recent: Map<string, number[]>;
}

/**
 * Restarts, kills and hangs workers under load while a real Prometheus scrapes every second. Sets the
 * exit code to 1 when a scrape failed, a sum fell, or sums are not what clients saw.
 *
 * @param pools the kinds of pools, one after another
 * @param seconds for how long each
 */
export async function soakScrapes(pools: readonly BenchedPool[], seconds: number): Promise<void> {
  for (const pool of pools) {
    if (!(await soakOne(pool, seconds))) process.exitCode = 1;
  }
}

async function soakOne(kind: BenchedPool, seconds: number): Promise<boolean> {
  const exports = (await import(kind.moduleUrl)) as Record<
    string,
    new (options: PoolOptions) => WorkerPool
  >;
  const Pool = exports[kind.className ?? kind.name];
  if (Pool === undefined) throw new TypeError(`There is no ${kind.className ?? kind.name}`);
  const pool = new Pool({
    handler: handlerOfBench('scraped'),
    workers: 3,
    metrics: true,
    health: { stuckTimeoutMs: 5_000, stack: false },
    respawn: { initialDelayMs: 20, maxDelayMs: 200, maxConsecutiveCrashes: 1_000_000 },
    rollout: { minReadyMs: 250 },
    closeOnSignals: false,
    logger: quiet,
    ...kind.options,
  });
  const address = await pool.listen();
  await using health = await serveHealth(pool);
  if (typeof address === 'string' || health.address === undefined) throw new TypeError('No port');
  await using prometheus = await Prometheus.start(health.address);
  const seen: Seen = { replies: 0, lost: 0, recent: new Map() };
  const done = { restarts: 0, rolledBack: 0, kills: 0, hangs: 0 };
  let untold = 0;
  const over = AbortSignal.timeout(seconds * 1_000);
  pool.on('workerExit', ({ nativeId }, { expected }) => {
    if (expected) return;
    for (const [name, times] of seen.recent) {
      if (!name.split('/').includes(String(nativeId))) continue;
      // What it served since its last report that the primary got.
      untold += times.length;
      seen.recent.delete(name);
    }
  });
  const until = async (work: () => Promise<void>): Promise<void> => {
    while (!over.aborted) await work();
  };
  await Promise.all([
    ...Array.from({ length: CLIENTS }, () => load(address.port, seen, over)),
    until(async () => {
      await pause(3_000);
      try {
        await pool.restart({ graceMs: 10_000 });
        done.restarts += 1;
      } catch {
        // A new worker was killed before it had proved itself.
        done.rolledBack += 1;
      }
    }),
    until(async () => {
      await pause(2_000);
      await ask(address.port, '/die', undefined).catch(() => undefined);
      done.kills += 1;
    }),
    until(async () => {
      await pause(15_000);
      await ask(address.port, '/hang', undefined).catch(() => undefined);
      done.hangs += 1;
    }),
  ]);
  // The last reports come, and are scraped.
  await pause(4_000);
  const report = await judge(prometheus, pool, seen, untold, seconds);
  console.log(
    [
      `\n${kind.name}: ${report.right ? 'as it should be' : 'NOT as it should be'}`,
      `${done.restarts} restarts, ${done.rolledBack} rolled back, ${done.kills} workers killed, ${done.hangs} hung`,
      ...report.lines,
    ].join('\n'),
  );
  await pool.destroy();
  return report.right;
}

async function judge(
  prometheus: Prometheus,
  pool: WorkerPool,
  seen: Seen,
  untold: number,
  seconds: number,
): Promise<{ readonly right: boolean; readonly lines: readonly string[] }> {
  const window = `[${seconds + 60}s]`;
  const one = async (expression: string): Promise<number> =>
    Number((await prometheus.query(expression))[0]?.value[1] ?? 0);
  const ups = await prometheus.values(`up${window}`);
  const scrapes = ups.length;
  const failed = ups.filter((up) => up !== 1).length;
  const slowest = await one(`max_over_time(scrape_duration_seconds${window})`);
  const sums = '{__name__=~"(sockpool|app)_.*_(total|count|sum|bucket)"}';
  const series = await one(`count(${sums})`);
  const fallen: string[] = [];
  for (const { metric } of await prometheus.query(`group by (__name__) (${sums})`)) {
    const name = metric['__name__'] ?? '';
    for (const each of await prometheus.query(`resets(${name}${window}) > 0`)) {
      fallen.push(`${name}${JSON.stringify(each.metric)}`);
    }
  }
  const requests = await one(
    'sum(sockpool_http_request_duration_seconds_count{method="GET",status="2xx"})',
  );
  const app = await one('app_served_total');
  const lostReports = await one('sockpool_lost_reports_total');
  const within = (counted: number): boolean =>
    counted >= seen.replies - untold && counted <= seen.replies + seen.lost;
  const right =
    scrapes > seconds * 0.8 &&
    failed === 0 &&
    series > 100 &&
    fallen.length === 0 &&
    within(requests) &&
    within(app) &&
    lostReports === pool.metrics().lostReports;
  return {
    right,
    lines: [
      `${scrapes} scrapes, ${failed} failed, the slowest took ${(slowest * 1_000).toFixed(0)} ms`,
      `${series} sums, ${fallen.length} fell ${fallen.join(' ')}`,
      `clients got ${seen.replies} replies and lost ${seen.lost} requests; killed workers took ${untold} at most with them`,
      `counted were ${requests} requests, and ${app} by the program; ${lostReports} last reports were lost`,
    ],
  };
}

/** Asks again and again, and remembers which worker served when. */
async function load(port: number, seen: Seen, over: AbortSignal): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  while (!over.aborted) {
    try {
      const worker = await ask(port, '/', agent);
      seen.replies += 1;
      const now = performance.now();
      const times = seen.recent.get(worker) ?? [];
      times.push(now);
      while ((times[0] ?? now) < now - UNTOLD_MS) times.shift();
      seen.recent.set(worker, times);
    } catch {
      seen.lost += 1;
      await pause(20);
    }
    await pause(Math.random() * 20);
  }
  agent.destroy();
}

function ask(port: number, path: string, agent: http.Agent | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  http
    .get({ port, host: '127.0.0.1', path, ...(agent && { agent }) }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          body += chunk;
        })
        .on('end', () => resolve(body))
        .on('error', reject);
    })
    .on('error', reject);
  return promise;
}

const quiet = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
});
