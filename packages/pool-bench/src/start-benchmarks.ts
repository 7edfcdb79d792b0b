import { BenchServer } from './bench-server.ts';
import { type Contender, median } from './compare.ts';
import { type BenchedPool, poolContender } from './pool-benchmarks.ts';

/** What a start takes until all workers are ready, in milliseconds. */
interface Start {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Measures how long many workers take to be ready, beside as many that are started by hand.
 *
 * @param args how many workers, and how many rounds
 */
export async function benchStart(
  pool: BenchedPool,
  kind: 'fork' | 'thread',
  args: readonly string[],
): Promise<void> {
  const [workers = 64, rounds = 5] = args.map(Number);
  const handler = import.meta.resolve('@sockpool/pool-compliance/handlers/echo-bytes.js');
  console.log(`\nThe start of ${workers} workers (${rounds} rounds in alternation, medians)`);
  const bare: Contender = {
    name: `bare ${kind}s`,
    program: './bare-workers-main.ts',
    args: [handler, String(workers), kind],
  };
  const ofPool = (more?: object): Contender => ({
    ...poolContender(pool, workers, 'echo', { handler, ...more }),
    name: `${pool.name}${more === undefined ? '' : ` ${JSON.stringify(more)}`}`,
  });
  const contenders = [ofPool(), ofPool({ health: { stack: false } }), bare];
  const results = new Map<string, Start[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) results.get(contender.name)?.push(await start(contender));
  }
  const of = (name: string, what: keyof Start): number =>
    median((results.get(name) ?? []).map((result) => result[what]));
  for (const { name } of contenders) {
    const told = (what: keyof Start): string =>
      `${what} ${of(name, what).toFixed(0)} ms (x${(of(name, what) / of(bare.name, what)).toFixed(2)})`;
    console.log(`  ${name.padEnd(40)} ${told('wall')}  ${told('cpu')}`);
  }
}

async function start({ program, args }: Contender): Promise<Start> {
  await using server = await BenchServer.start(program, args);
  return { wall: server.startMs, cpu: server.usage().cpuSeconds * 1_000 };
}
