import { parseArgs } from 'node:util';
import {
  startThinkingClients,
  type ThinkingClientsReport,
} from '@sockpool/pool-compliance/thinking-clients';
import { CommandedProgram } from './commanded-program.ts';
import type { BenchedPool } from './pool-benchmarks.ts';

/** How far away the clients live, in milliseconds each way. */
const DELAYS_MS = [0, 25, 100] as const;

const RESTARTS = 5;

/**
 * Restarts pools 5 times while clients think and live far away, and prints what they lost:
 * 100 clients at each of 0, 25 and 100 ms each way, at the same time, on kept HTTP/1 connections,
 * with up to a second between reply and request. `--rounds N` repeats it, `--only NAME` picks a pool.
 *
 * @param pools the kinds of pools
 */
export async function benchSlowNetwork(pools: readonly BenchedPool[]): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '1' }, only: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  const clean = new Map<string, number>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const pool of pools) {
      if (values.only !== undefined && pool.name !== values.only) continue;
      const reports = await restartUnder(pool);
      for (const [index, report] of reports.entries()) {
        const name = `${pool.name}, ${DELAYS_MS[index]} ms`;
        const lost = Object.keys(report.lost).length;
        clean.set(name, (clean.get(name) ?? 0) + (lost === 0 ? 1 : 0));
        console.log(`round ${round}: ${name}: ${describeReport(report)}`);
      }
    }
  }
  console.log(`\nNothing lost, of ${rounds}:`);
  for (const [name, count] of clean) console.log(`${name}: ${count}`);
  if ([...clean.values()].some((count) => count < rounds)) process.exitCode = 1;
}

async function restartUnder(pool: BenchedPool): Promise<readonly ThinkingClientsReport[]> {
  const handler = import.meta.resolve('@sockpool/pool-compliance/handlers/hosted-fastify.ts');
  // A busy machine may take long to start a worker.
  const options = JSON.stringify({ handler, workers: 2, bootTimeoutMs: 60_000, ...pool.options });
  const args = [pool.moduleUrl, pool.className ?? pool.name, options];
  await using server = await CommandedProgram.start('./restartable-pool-main.ts', args);
  const clients = await Promise.all(
    DELAYS_MS.map((delayMs) =>
      startThinkingClients({
        target: server.address,
        connections: 100,
        thinkMs: [0, 1_000],
        delayMs,
        http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' },
      }),
    ),
  );
  await Promise.all(clients.map(({ underWay }) => underWay));
  for (let restart = 0; restart < RESTARTS; restart += 1) await server.restart();
  return await Promise.all(clients.map((group) => group.stop()));
}

/** Says in a line what clients saw. */
export function describeReport(report: ThinkingClientsReport): string {
  const lost = Object.entries(report.lost).map(([name, count]) => `${count} × ${name}`);
  return (
    `${report.right} right, lost: ${lost.join(', ') || 'none'}; of the connections that ended, ` +
    `${report.announced} were told and ${report.closedWhileIdle} were not`
  );
}
