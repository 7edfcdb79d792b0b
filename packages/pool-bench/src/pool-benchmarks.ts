import { compareBalance } from './compare-balance.ts';
import { compare, type Contender } from './compare.ts';
import { javaScriptOf } from './javascript-of.ts';

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
  return javaScriptOf(new URL(`./handlers/${name}-handler.ts`, import.meta.url).href);
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
    program: javaScriptOf(new URL('./peers/node-peer-main.ts', import.meta.url).href),
    args: [handlerOfBench(handlerName), workers === 0 ? 'node' : 'cluster', String(workers)],
  };
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
