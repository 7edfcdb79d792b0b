import { parseArgs } from 'node:util';
import * as haproxy from '@sockpool/haproxy-fixture';
import {
  checkGroups,
  HELLO,
  JSON_POST,
  thinkingClients,
} from '@sockpool/pool-compliance/client-groups';
import { type LoadBalancer, loadBalancers } from '@sockpool/pool-compliance/load-balancers';
import { BenchServer } from './bench-server.ts';
import type { BenchedPool } from './pool-benchmarks.ts';

/** Clients that send POST requests, and as many that send GET requests. */
const CLIENTS = 100;

/** Two programs behind a load balancer, of which one closed. */
interface Outcome {
  readonly right: number;
  readonly lost: number;
  /** Attempts that the load balancer made in vain on a connection that was there. */
  readonly failures: readonly string[];
}

/**
 * Closes one of two programs behind nginx and behind HAProxy, which keep their connections to them,
 * while clients think for up to a second between reply and request, and prints what they lost.
 * `--rounds N` repeats it, `--only NAME` picks a pool.
 *
 * @param pools the kinds of pools
 */
export async function benchBehindLoadBalancers(pools: readonly BenchedPool[]): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '1' }, only: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  for (const pool of pools) {
    if (values.only !== undefined && pool.name !== values.only) continue;
    for (const loadBalancer of loadBalancers(haproxy)) {
      const name = `${pool.name} behind ${loadBalancer.name}`;
      if (loadBalancer.without !== undefined) {
        console.log(`${name}: skipped, ${loadBalancer.without}`);
        continue;
      }
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round += 1) {
        outcomes.push(await closeOne(pool, loadBalancer));
      }
      const sum = (count: (outcome: Outcome) => number): number =>
        outcomes.reduce((total, outcome) => total + count(outcome), 0);
      const [lost, failed] = [sum((each) => each.lost), sum((each) => each.failures.length)];
      console.log(
        `${name}: ${sum(({ right }) => right)} right, ${lost} lost, ${failed} tried again by it, in ${rounds} closes`,
        ...outcomes.flatMap(({ failures }) => failures.slice(0, 3)),
      );
      if (lost + failed > 0) process.exitCode = 1;
    }
  }
}

async function closeOne(pool: BenchedPool, loadBalancer: LoadBalancer): Promise<Outcome> {
  await using leaving = await startProgram(pool);
  await using staying = await startProgram(pool);
  await using balancer = await loadBalancer.start([leaving, staying]);
  const groups = [JSON_POST, HELLO].map((http) =>
    thinkingClients({
      address: balancer.address,
      connections: CLIENTS,
      thinkMs: [0, 1_000],
      http,
    }),
  );
  const reports = await checkGroups(groups, () => leaving[Symbol.asyncDispose]());
  return {
    right: reports.reduce((sum, { right }) => sum + right, 0),
    lost: reports.flatMap(({ losses }) => losses).reduce((sum, { count }) => sum + count, 0),
    failures: await balancer.failures(),
  };
}

function startProgram(pool: BenchedPool): Promise<BenchServer> {
  const options = {
    handler: import.meta.resolve('@sockpool/pool-compliance/handlers/hosted/fastify.js'),
    workers: 2,
    bootTimeoutMs: 60_000,
    shutdown: { readinessDelayMs: 2_000 },
    ...pool.options,
  };
  return BenchServer.start(
    import.meta.resolve('@sockpool/pool-compliance/serve-main.js'),
    [pool.moduleUrl, pool.className ?? pool.name, JSON.stringify(options)],
    { SOCKPOOL_TEST_HEALTH: '1' },
  );
}
