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
    program: import.meta.resolve('@sockpool/pool-compliance/serve-main.js'),
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
  const policies = ['least-connections', 'power-of-two-choices', 'least-utilized', 'round-robin'];
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

/** Measures what one more worker takes, beside one of `node:cluster`. */
export async function benchWorkers(pool: BenchedPool): Promise<void> {
  const rounds = 5;
  console.log(`\nOne more worker, with a handler in TypeScript (${rounds} rounds, medians)`);
  const contenders: readonly [name: string, (workers: number) => Contender][] = [
    [pool.name, (workers) => poolContender(pool, workers, 'echo')],
    ['node:cluster', (workers) => clusterContender(workers, 'echo')],
  ];
  const results = new Map<string, Start[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, contender] of contenders) {
      const few = await start(contender(1));
      const many = await start(contender(5));
      const each = (what: keyof Start): number => (many[what] - few[what]) / 4;
      results.get(name)?.push({ memoryBytes: each('memoryBytes'), startMs: each('startMs') });
    }
  }
  const of = (name: string, what: keyof Start): number =>
    median((results.get(name) ?? []).map((result) => result[what]));
  for (const [name] of contenders) {
    const [memoryBytes, startMs] = [of(name, 'memoryBytes'), of(name, 'startMs')];
    const ratio = (what: keyof Start): string =>
      `x${(of(name, what) / of('node:cluster', what)).toFixed(2)}`;
    console.log(
      `  ${name.padEnd(40)} ${(memoryBytes / 2 ** 20).toFixed(1)} MiB (${ratio('memoryBytes')})` +
        `  ${startMs.toFixed(0)} ms of start-up (${ratio('startMs')})`,
    );
  }
}

/** What a server takes until it listens. */
interface Start {
  readonly memoryBytes: number;
  readonly startMs: number;
}

async function start({ program, args }: Contender): Promise<Start> {
  await using server = await BenchServer.start(program, args);
  return { memoryBytes: server.memoryBytes(), startMs: server.startMs };
}
