import { parseArgs } from 'node:util';
import { checkGroups, HELLO, thinkingClients } from '@sockpool/pool-compliance/client-groups';
import type { ZeroLossReport } from '@sockpool/zero-loss';
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
        clean.set(name, (clean.get(name) ?? 0) + (report.ok ? 1 : 0));
        console.log(`round ${round}: ${name}: ${describeReport(report)}`);
      }
    }
  }
  console.log(`\nNothing lost, of ${rounds}:`);
  for (const [name, count] of clean) console.log(`${name}: ${count}`);
  if ([...clean.values()].some((count) => count < rounds)) process.exitCode = 1;
}

async function restartUnder(pool: BenchedPool): Promise<readonly ZeroLossReport[]> {
  const handler = import.meta.resolve('@sockpool/pool-compliance/handlers/hosted/fastify.js');
  // A busy machine may take long to start a worker.
  const options = JSON.stringify({ handler, workers: 2, bootTimeoutMs: 60_000, ...pool.options });
  const args = [pool.moduleUrl, pool.className ?? pool.name, options];
  await using server = await CommandedProgram.start('./restartable-pool-main.ts', args);
  const { address } = server;
  const groups = DELAYS_MS.map((delayMs) =>
    thinkingClients({ address, connections: 100, thinkMs: [0, 1_000], delayMs, http: HELLO }),
  );
  return await checkGroups(groups, async () => {
    for (let restart = 0; restart < RESTARTS; restart += 1) await server.restart();
  });
}

/** Says in a line what clients saw. */
export function describeReport({ right, losses, problems, held }: ZeroLossReport): string {
  const lost = losses.map(({ lossClass, count }) => `${count} × ${lossClass}`);
  return [
    `${right} right, lost: ${lost.join(', ') || 'none'}; of the connections that ended, ` +
      `${held.closedAsAnnounced} were told and ${held.closedWhileIdle} were not`,
    ...problems,
  ].join('; ');
}
