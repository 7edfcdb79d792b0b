import { once } from 'node:events';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { BenchServer } from './bench-server.ts';
import { type Contender, median } from './compare.ts';
import { type BenchedPool, clusterContender, poolContender } from './pool-benchmarks.ts';

const WORKERS = 2;
const ROUNDS = 3;
/** How many clients are there at a time. */
const LANES = 16;

/** What the clients do. */
interface TlsScenario {
  readonly name: string;
  readonly connections: number;
  readonly requestsPerConnection: number;
  readonly resuming: boolean;
}

const SCENARIOS: readonly TlsScenario[] = [
  {
    name: 'Full handshakes: 2,000 connections with one request each',
    connections: 2_000,
    requestsPerConnection: 1,
    resuming: false,
  },
  {
    name: 'Resumed sessions: 2,000 connections with one request each',
    connections: 2_000,
    requestsPerConnection: 1,
    resuming: true,
  },
  {
    name: 'Keep-alive: 16 connections, 50,000 requests',
    connections: LANES,
    requestsPerConnection: 3_125,
    resuming: false,
  },
];

/** How a scenario went. */
interface Outcome {
  /** Of the server, per 1,000 requests. */
  readonly cpuMs: number;
  readonly resumedShare: number;
}

/** Measures what TLS costs in the workers, beside TLS servers on `node:cluster`. */
export async function benchTls(pools: readonly BenchedPool[]): Promise<void> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
  });
  const identity = { key, cert };
  const contenders = [
    ...pools.map((pool) => ({
      ...poolContender(pool, WORKERS, 'echo', { tls: identity }),
      name: pool.name,
    })),
    withTls(clusterContender(WORKERS, 'echo'), identity),
  ];
  for (const scenario of SCENARIOS) await compareTls(scenario, contenders);
}

function withTls(contender: Contender, identity: object): Contender {
  return { ...contender, args: [...contender.args, JSON.stringify(identity)] };
}

async function compareTls(scenario: TlsScenario, contenders: readonly Contender[]): Promise<void> {
  console.log(`\nTLS. ${scenario.name} (${ROUNDS} rounds in alternation, medians)`);
  const outcomes = new Map<string, Outcome[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of contenders) {
      outcomes.get(contender.name)?.push(await measureTls(contender, scenario));
    }
  }
  const peerMs = medianCpuMs(outcomes.get(contenders.at(-1)?.name ?? '') ?? []);
  for (const [name, rounds] of outcomes) {
    const cpuMs = medianCpuMs(rounds);
    const resumed = median(rounds.map(({ resumedShare }) => resumedShare));
    console.log(
      `  ${name.padEnd(40)} ${cpuMs.toFixed(1)} ms CPU per 1,000 requests (x${(cpuMs / peerMs).toFixed(2)}), ` +
        `${(resumed * 100).toFixed(0)} % of the connections resumed a session`,
    );
  }
}

function medianCpuMs(outcomes: readonly Outcome[]): number {
  return median(outcomes.map(({ cpuMs }) => cpuMs));
}

async function measureTls(contender: Contender, scenario: TlsScenario): Promise<Outcome> {
  await using server = await BenchServer.start(contender.program, contender.args);
  await useTls(server.port, { ...scenario, connections: LANES, requestsPerConnection: 50 });
  const before = server.usage();
  const resumed = await useTls(server.port, scenario);
  const after = server.usage();
  const requests = scenario.connections * scenario.requestsPerConnection;
  return {
    cpuMs: ((after.cpuSeconds - before.cpuSeconds) * 1_000_000) / requests,
    resumedShare: resumed / scenario.connections,
  };
}

/** Runs the clients, and returns how many of them resumed a session. */
async function useTls(port: number, scenario: TlsScenario): Promise<number> {
  let left = scenario.connections;
  let resumed = 0;
  const lane = async (): Promise<void> => {
    let session: Buffer | undefined;
    while (left > 0) {
      left -= 1;
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...(scenario.resuming && session !== undefined && { session }),
      });
      socket.setNoDelay().on('session', (state: Buffer) => {
        session = state;
      });
      await once(socket, 'secureConnect');
      if (socket.isSessionReused()) resumed += 1;
      for (let request = 0; request < scenario.requestsPerConnection; request += 1) {
        socket.write('hello');
        const [reply] = (await once(socket, 'data')) as [Buffer];
        if (String(reply) !== 'HELLO') throw new Error(`A wrong reply: '${String(reply)}'`);
      }
      socket.end();
      await once(socket, 'close');
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return resumed;
}
