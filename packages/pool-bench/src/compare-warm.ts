import { runLoad } from '@sockpool/load-client';
import { BenchServer } from './bench-server.ts';
import { type Contender, median, type Scenario } from './compare.ts';

/** How two servers are compared that differ by a few hundredths. */
export interface WarmTerms {
  /** Requests of each server before the first is measured: V8 compiles until some 100,000 in each worker. */
  readonly warmUpRequests: number;
  /** How often each is measured. */
  readonly rounds: number;
}

/**
 * Compares two servers by the CPU time of their requests once they are warm. Both run all the while, are
 * measured in turns, and begin in turns, so that what else the machine does hits both alike. Prints the
 * median of the rounds' ratios, and between which ratios half of them are.
 *
 * @param scenario what the clients do
 * @param contenders the server, and the peer
 * @param terms how often
 */
export async function compareWarm(
  { name, load }: Scenario,
  [one, peer]: readonly [Contender, Contender],
  { warmUpRequests, rounds }: WarmTerms,
): Promise<void> {
  console.log(`\n${name} (warm, ${rounds} rounds in turns)`);
  await using first = await BenchServer.start(one.program, one.args);
  await using second = await BenchServer.start(peer.program, peer.args);
  const servers = [first, second] as const;
  for (const { port } of servers) await runLoad({ ...load, port, totalRequests: warmUpRequests });
  const cpu: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measured: [number, number] = [0, 0];
    for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      measured[index] = await cpuOf(servers[index], load);
    }
    cpu.push(measured);
  }
  const ratios = cpu.map(([mine, others]) => mine / others).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (ratios[Math.floor(share * ratios.length)] ?? NaN).toFixed(3);
  for (const [index, contender] of [one, peer].entries()) {
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
