import { compare } from './compare.ts';
import { type BenchedPool, poolContender } from './pool-benchmarks.ts';

/** Measures what the option `metrics` costs a pool, beside the same pool without it. */
export async function benchMetrics(pools: readonly BenchedPool[]): Promise<void> {
  for (const pool of pools) {
    const contenders = (handler: string) => [
      poolContender(pool, 2, handler, { metrics: true }),
      poolContender(pool, 2, handler),
    ];
    await compare(
      {
        name: 'HTTP, kept alive: 64 connections, 100,000 requests',
        load: { connections: 64, totalRequests: 100_000, http: { requests: ['GET /'] } },
      },
      contenders('scraped'),
      7,
    );
    await compare(
      {
        name: 'Echo, kept alive: 64 connections, 100,000 requests',
        load: { connections: 64, totalRequests: 100_000 },
      },
      contenders('echo'),
      7,
    );
    await compare(
      {
        name: 'One request per connection: 64 at a time, 20,000 connections',
        load: { connections: 64, totalRequests: 20_000, requestsPerConnection: 1 },
      },
      contenders('echo'),
      7,
    );
  }
}
