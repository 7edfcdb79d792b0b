import {
  checkZeroLoss,
  formatZeroLossReport,
  poolDisruptions,
  type ZeroLossOptions,
} from '@sockpool/zero-loss';
import { CommandedProgram } from './commanded-program.ts';
import { handlerOfBench, type BenchedPool } from './pool-benchmarks.ts';

/** What is said to the server, and how long its clients stay. */
interface Conversation {
  readonly name: string;
  readonly handler: string;
  readonly clusterHandler: string;
  readonly load: Pick<ZeroLossOptions, 'held' | 'workload'>;
}

const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'Echo',
    handler: handlerOfBench('echo'),
    clusterHandler: handlerOfBench('echo'),
    load: {},
  },
  {
    name: 'HTTP keep-alive through Fastify',
    handler: import.meta.resolve('@sockpool/pool-compliance/handlers/hosted/fastify.js'),
    clusterHandler: 'fastify',
    load: {
      held: { requestsPerConnection: Infinity },
      workload: { http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' } },
    },
  },
];

/** Restarts and resizes pools 20 times each under load, and `node:cluster` for comparison. */
export async function benchZeroLoss(pools: readonly BenchedPool[]): Promise<void> {
  for (const { name, handler, clusterHandler, load } of CONVERSATIONS) {
    console.log(`\n${name}: 20 restarts and 20 resizes under load`);
    for (const pool of pools) {
      const options = JSON.stringify({ handler, workers: 2, ...pool.options });
      const args = [pool.moduleUrl, pool.className ?? pool.name, options];
      await disturb(pool.name, './restartable-pool-main.ts', args, load);
    }
    const args = [clusterHandler, '2'];
    await disturb('node:cluster, fork and disconnect', './restartable-cluster-main.ts', args, load);
  }
}

async function disturb(
  name: string,
  program: string,
  args: readonly string[],
  load: Conversation['load'],
): Promise<void> {
  await using server = await CommandedProgram.start(program, args);
  const report = await checkZeroLoss({
    ...load,
    address: server.address,
    disruptions: poolDisruptions(server),
  });
  console.log(`\n${name}\n${formatZeroLossReport(report)}`);
}
