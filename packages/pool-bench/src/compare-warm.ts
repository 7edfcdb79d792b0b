import { runLoad } from '@sockpool/load-client';
import { BenchServer } from './bench-server.ts';
import { type Contender, median, type Scenario } from './compare.ts';

/** How two servers are compared that differ by a few hundredths. */
export interface WarmTerms {
  /** Requests of each server before the first is measured: V8 compiles until some 100,000 in each worker. */
  readonly warmUpRequests: number;
  /** How often each is measured, an even number. */
  readonly rounds: number;
}

/** Both orders in which two servers start, and in which a round measures them. */
const ORDERS = [
  [0, 1],
  [1, 0],
] as const;

/**
 * Compares two servers by the CPU time of their requests once they are warm. Both run all the while, are
 * measured in turns, and begin in turns, so that what else the machine does hits both alike. For the
 * second half of the rounds both are started anew in the other order: of two equal servers the one that
 * starts first takes some hundredths more. Prints the median of the rounds' ratios, and between which
 * ratios half of them are.
 *
 * @param scenario what the clients do
 * @param contenders the server, and the peer
 * @param terms how often
 */
export async function compareWarm(
  { name, load }: Scenario,
  contenders: readonly [Contender, Contender],
  { warmUpRequests, rounds }: WarmTerms,
): Promise<void> {
  console.log(`\n${name} (warm, ${rounds} rounds in turns)`);
  const cpu: [number, number][] = [];
  for (const startOrder of ORDERS) {
    const [early, late] = startOrder;
    await using first = await BenchServer.start(contenders[early].program, contenders[early].args);
    await using second = await BenchServer.start(contenders[late].program, contenders[late].args);
    const servers = early === 0 ? ([first, second] as const) : ([second, first] as const);
    for (const { port } of [first, second])
      await runLoad({ ...load, port, totalRequests: warmUpRequests });
    for (let round = 0; round < rounds / 2; round += 1) {
      const measured: [number, number] = [0, 0];
      for (const index of ORDERS[round % 2 === 0 ? 0 : 1]) {
        measured[index] = await cpuOf(servers[index], load);
      }
      cpu.push(measured);
    }
  }
  const ratios = cpu.map(([mine, others]) => mine / others).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (ratios[Math.floor(share * ratios.length)] ?? NaN).toFixed(3);
  for (const [index, contender] of contenders.entries()) {
    const seconds = median(cpu.map((measured) => measured[index] ?? NaN));
    console.log(`  ${contender.name.padEnd(40)} ${seconds.toFixed(3)} s CPU per 100,000`);
  }
  console.log(`  ratio ${at(0.5)}, half of the rounds from ${at(0.25)} to ${at(0.75)}`);
}

/** The CPU time of 100,000 requests, in seconds. */
async function cpuOf(server: BenchServer, load: Scenario['load']): Promise<number> {
  const before = server.usage().cpuSeconds;
  const { requests } = await runLoad({ ...load, port: server.port });
  if (requests.sent > requests.right) {
    throw new Error(`${requests.sent - requests.right} requests went wrong`);
  }
  return ((server.usage().cpuSeconds - before) * 100_000) / requests.right;
}
