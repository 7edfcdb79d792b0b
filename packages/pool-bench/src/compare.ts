import { type LoadOptions, runLoad } from '@sockpool/load-client';
import { BenchServer } from './bench-server.ts';

/** A server to be compared: its program and its arguments. */
export interface Contender {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** What the clients do. */
export interface Scenario {
  readonly name: string;
  readonly load: LoadOptions;
}

interface Measurement {
  readonly cpuPer100k: number;
  readonly requestsPerSecond: number;
}

/**
 * Measures servers in alternation, so that what else the machine does hits all alike,
 * and prints the median of each and its ratio to the last one.
 *
 * @param scenario what the clients do
 * @param contenders the servers, the peer last
 * @param rounds how often each is measured
 */
export async function compare(
  scenario: Scenario,
  contenders: readonly Contender[],
  rounds: number = 5,
): Promise<void> {
  console.log(`\n${scenario.name} (${rounds} rounds in alternation, medians)`);
  const results = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      results.get(contender.name)?.push(await measure(contender, scenario));
    }
  }
  const peer = medians(results.get(contenders.at(-1)?.name ?? '') ?? []);
  for (const [name, measurements] of results) {
    const { cpuPer100k, requestsPerSecond } = medians(measurements);
    console.log(
      `  ${name.padEnd(40)} ${cpuPer100k.toFixed(2)} s CPU per 100,000 (x${(cpuPer100k / peer.cpuPer100k).toFixed(2)})` +
        `  ${Math.round(requestsPerSecond).toLocaleString('en')} req/s (x${(requestsPerSecond / peer.requestsPerSecond).toFixed(2)})`,
    );
  }
}

async function measure(contender: Contender, { load }: Scenario): Promise<Measurement> {
  await using server = await BenchServer.start(contender.program, contender.args);
  const { port } = server;
  await runLoad({ ...load, port, totalRequests: Math.ceil((load.totalRequests ?? 0) / 10) });
  const before = server.usage();
  const result = await runLoad({ ...load, port });
  const after = server.usage();
  const wrong = result.requests.sent - result.requests.right;
  if (wrong > 0) throw new Error(`${contender.name}: ${wrong} requests went wrong`);
  return {
    cpuPer100k: ((after.cpuSeconds - before.cpuSeconds) * 100_000) / result.requests.right,
    requestsPerSecond: result.throughput,
  };
}

function medians(measurements: readonly Measurement[]): Measurement {
  return {
    cpuPer100k: median(measurements.map(({ cpuPer100k }) => cpuPer100k)),
    requestsPerSecond: median(measurements.map(({ requestsPerSecond }) => requestsPerSecond)),
  };
}

/** The middle one of some numbers; of an even count, the upper one of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
