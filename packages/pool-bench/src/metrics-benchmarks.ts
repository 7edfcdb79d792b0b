import { compareWarm } from './compare-warm.ts';
import { type BenchedPool, poolContender } from './pool-benchmarks.ts';

/** For each of two workers more than V8 takes to compile what it runs. */
const WARM = Object.freeze({ warmUpRequests: 400_000, rounds: 16 });

/** Fewer: each is a connection. */
const WARM_CONNECTIONS = Object.freeze({ warmUpRequests: 100_000, rounds: 16 });

/** Measures what the option `metrics` costs a pool, beside the same pool without it. */
export async function benchMetrics(pools: readonly BenchedPool[]): Promise<void> {
  for (const pool of pools) {
    const contenders = (handler: string) =>
      [
        poolContender(pool, 2, handler, { metrics: true }),
        poolContender(pool, 2, handler),
      ] as const;
    await compareWarm(
      {
        name: 'HTTP, kept alive: 64 connections, 100,000 requests',
        load: { connections: 64, totalRequests: 100_000, http: { requests: ['GET /'] } },
      },
      contenders('scraped'),
      WARM,
    );
    await compareWarm(
      {
        name: 'Echo, kept alive: 64 connections, 100,000 requests',
        load: { connections: 64, totalRequests: 100_000 },
      },
      contenders('echo'),
      WARM,
    );
    await compareWarm(
      {
        name: 'One request per connection: 64 at a time, 20,000 connections',
        load: { connections: 64, totalRequests: 20_000, requestsPerConnection: 1 },
      },
      contenders('echo'),
      WARM_CONNECTIONS,
    );
  }
}
