import { BenchServer } from './bench-server.ts';
import { compareBalance } from './compare-balance.ts';
import { compare, type Contender, median } from './compare.ts';

/** A kind of pool to measure. */
export interface BenchedPool {
  /** What the results call it; the class's name, and its export in the module, unless `className` is. */
  readonly name: string;
  readonly moduleUrl: string;
  readonly className?: string;
  /** Options that make this kind of pool out of its class. */
  readonly options?: { readonly accept: 'worker' | 'primary' };
  /** Options with which it chooses the worker of a connection. */
  readonly dispatching?: object;
}

/** The URL of a handler module of the benchmarks. */
export function handlerOfBench(name: string): string {
  return new URL(`./${name}-handler.ts`, import.meta.url).href;
}

/** A pool with that many workers. */
export function poolContender(
  pool: BenchedPool,
  workers: number,
  handlerName: string,
  more: object = {},
): Contender {
  const options = JSON.stringify({
    handler: handlerOfBench(handlerName),
    workers,
    ...pool.options,
    ...more,
  });
  const said = Object.values({ ...pool.options, ...more }).map((value) => `, ${String(value)}`);
  return {
    name: `${pool.name}, ${workers} workers${said.join('')}`,
    program: '../serve-main.ts',
    args: [pool.moduleUrl, pool.className ?? pool.name, options],
  };
}

/** A node:cluster server with that many workers; with 0 it is a plain one-process server. */
export function clusterContender(workers: number, handlerName: string): Contender {
  return {
    name: workers === 0 ? 'node:net, one thread' : `node:cluster, ${workers} workers`,
    program: './cluster-main.ts',
    args: [handlerOfBench(handlerName), String(workers)],
  };
}

/** Measures what a request and what a connection cost, beside `node:cluster`. */
export async function benchBesideCluster(...pools: readonly BenchedPool[]): Promise<void> {
  const contenders = [
    ...pools.map((pool) => poolContender(pool, 2, 'echo')),
    clusterContender(2, 'echo'),
  ];
  await compare(
    {
      name: 'Keep-alive: 64 connections, 100,000 requests',
      load: { connections: 64, totalRequests: 100_000 },
    },
    contenders,
  );
  await compare(
    {
      name: 'One request per connection: 64 at a time, 20,000 connections',
      load: { connections: 64, totalRequests: 20_000, requestsPerConnection: 1 },
    },
    contenders,
  );
}

/** Measures how work spreads over two workers. */
export async function benchScaling(pool: BenchedPool): Promise<void> {
  await compare(
    {
      name: '50 microseconds of work per message: 8 connections, 16 in flight each, 100,000 requests',
      load: { connections: 8, pipeline: 16, framing: 'line', totalRequests: 100_000 },
    },
    [poolContender(pool, 2, 'working'), clusterContender(0, 'working')],
    3,
  );
}

/** Shows how evenly each policy spreads long-lived connections, beside `node:cluster`. */
export async function benchBalance(pool: BenchedPool): Promise<void> {
  const workers = 4;
  const policies = ['least-connections', 'power-of-two-choices', 'least-utilised', 'round-robin'];
  await compareBalance(
    [
      ...policies.map((scheduling) =>
        poolContender(pool, workers, 'tells-worker', { ...pool.dispatching, scheduling }),
      ),
      clusterContender(workers, 'tells-worker'),
    ],
    workers,
  );
}

/** Measures what one more worker takes. */
export async function benchWorkers(pool: BenchedPool): Promise<void> {
  const few = await startMedian(pool, 1);
  const many = await startMedian(pool, 5);
  const mebibytes = (many.rssBytes - few.rssBytes) / 4 / 2 ** 20;
  console.log(
    `\nOne more worker: ${mebibytes.toFixed(1)} MiB resident, ` +
      `${((many.startMs - few.startMs) / 4).toFixed(0)} ms of start-up (1 worker: the program listens after ${few.startMs.toFixed(0)} ms)`,
  );
}

async function startMedian(
  pool: BenchedPool,
  workers: number,
): Promise<{ startMs: number; rssBytes: number }> {
  const starts: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const { program, args } = poolContender(pool, workers, 'echo');
    await using server = await BenchServer.start(program, args);
    starts.push(server.startMs);
    sizes.push(server.usage().rssBytes);
  }
  return { startMs: median(starts), rssBytes: median(sizes) };
}
