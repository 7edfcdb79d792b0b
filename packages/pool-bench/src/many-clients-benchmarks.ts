import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadOptions, type LoadResult, runLoad } from '@sockpool/load-client';
import { CommandedProgram } from './commanded-program.ts';
import { median } from './compare.ts';
import { Crowd, type CrowdKind } from './crowd.ts';
import { type BenchedPool, handlerOfBench } from './pool-benchmarks.ts';

const WORKERS = 2;
const ROUNDS = 3;
const GOOD = { connections: 200, rate: 2_000, warmupMs: 1_000, durationMs: 4_000 } as const;

const ECHO = { handler: handlerOfBench('echo') };
const FASTIFY = {
  handler: import.meta.resolve('@sockpool/pool-compliance/handlers/hosted/fastify.js'),
};
const HTTP = {
  http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' },
} satisfies Partial<LoadOptions>;

const SLOW_CLIENTS = 1_000;
/** As the pools' READMEs have it. */
const PROTECTION = { firstByteTimeoutMs: 10_000, minBytesPerSecond: 500 } as const;
/** Long enough for all slow clients to be cut and to come again. */
const SLOW_MS = 14_000;

/** Runs a pool with these options in a program of its own. */
async function serve(pool: BenchedPool, options: object): Promise<CommandedProgram> {
  const { className = pool.name, moduleUrl } = pool;
  const all = JSON.stringify({ workers: WORKERS, ...pool.options, ...options });
  return CommandedProgram.start('./restartable-pool-main.ts', [moduleUrl, className, all]);
}

/** The good clients' 99th percentile from the time at which a request was due, in milliseconds. */
async function goodClientsP99(
  { address }: CommandedProgram,
  load: Partial<LoadOptions>,
): Promise<number> {
  const { address: host, port } = address;
  const result: LoadResult = await runLoad({ ...GOOD, ...load, host, port, pacing: 'timer' });
  const { sent, right, unsent } = result.requests;
  // What falls due in the last moment may be about to be sent.
  if (sent !== right || unsent > GOOD.rate / 100) {
    throw new Error(`Of ${sent} good requests ${right} went well, and ${unsent} were not sent`);
  }
  return result.latency.p99Ms;
}

/** Prints a title and how busy the machine was before. */
function title(text: string): void {
  console.log(`\n${text} (load average before: ${loadavg()[0]?.toFixed(2)})`);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const list = (values: readonly number[]): string => values.map((ms) => ms.toFixed(1)).join(' ');
const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;

/** The good clients beside a crowd: with and without it by turns, on one server. */
interface Alternation {
  readonly quietMs: readonly number[];
  readonly crowdedMs: readonly number[];
}

function showRatio({ quietMs, crowdedMs }: Alternation): string {
  const [quiet, crowded] = [median(quietMs), median(crowdedMs)];
  return (
    `p99 ${milliseconds(quiet)} quiet, ${milliseconds(crowded)} with them: x${(crowded / quiet).toFixed(2)} ` +
    `(medians of ${quietMs.length}: ${list(quietMs)} / ${list(crowdedMs)})`
  );
}

/** What is different about a measurement beside a crowd. */
interface Beside {
  readonly load?: Partial<LoadOptions>;
  /** Done each time when the crowd is there, and before it is measured. */
  readonly before?: () => Promise<void>;
  /** Done each time before the crowd goes. */
  readonly after: (crowd: Crowd) => Promise<void>;
}

/** Measures by turns, with and without a crowd. */
async function alternate(
  server: CommandedProgram,
  kind: CrowdKind,
  clients: number,
  load: Partial<LoadOptions>,
  { load: during, before, after }: Beside,
): Promise<Alternation> {
  const [quietMs, crowdedMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    quietMs.push(await goodClientsP99(server, load));
    await using crowd = await Crowd.send(kind, server.address, clients);
    await before?.();
    crowdedMs.push(await goodClientsP99(server, { ...load, ...during }));
    await after(crowd);
  }
  return { quietMs, crowdedMs };
}

/** 1,000 slow or silent clients, who come again when they are cut, beside 200 good ones. */
export async function benchSlowloris(pools: readonly BenchedPool[]): Promise<void> {
  title(
    `Slowloris: ${SLOW_CLIENTS} slow clients, ${GOOD.connections} good ones with ${GOOD.rate} requests a second to Fastify`,
  );
  for (const pool of pools) {
    for (const protection of [PROTECTION, undefined]) {
      await using server = await serve(pool, { ...FASTIFY, protection });
      let cut = 0;
      let held = 0;
      const rss: number[] = [server.usage.rssBytes];
      const times = await alternate(server, 'slow', SLOW_CLIENTS, HTTP, {
        load: { durationMs: SLOW_MS },
        after: async (crowd) => {
          rss.push(server.usage.rssBytes);
          // Without protection they would stay for as long as Node's `headersTimeout`.
          const counts = protection === undefined ? await crowd.counts() : await crowd.leave();
          held += counts.open;
          cut += counts.cut;
        },
      });
      const { refusedConnections } = await server.stats();
      console.log(
        `  ${pool.name}, ${protection === undefined ? 'no protection' : 'protection'}: ${showRatio(times)}; ` +
          `cut ${cut}, counted ${refusedConnections.slow} slow and ${refusedConnections.firstByteTimeout} silent, ` +
          `still held ${held / ROUNDS}; resident ${rss.map(mebibytes).join(', ')}`,
      );
    }
  }
}

/** New clients, one request each, when slow ones have taken all capacity. */
export async function benchNewcomers(pools: readonly BenchedPool[]): Promise<void> {
  const newcomers = 200;
  title(
    `Slowloris: ${SLOW_CLIENTS} slow clients have the whole capacity of ${SLOW_CLIENTS}, ${newcomers} new clients in 15 s`,
  );
  for (const pool of pools) {
    for (const protection of [PROTECTION, undefined]) {
      await using server = await serve(pool, {
        ...FASTIFY,
        protection,
        maxConnectionsPerWorker: SLOW_CLIENTS / WORKERS,
      });
      await using crowd = await Crowd.send('slow', server.address, SLOW_CLIENTS);
      const { address: host, port } = server.address;
      const { requests, latency } = await runLoad({
        ...HTTP,
        host,
        port,
        connections: newcomers,
        connectRate: newcomers / 15,
        requests: 1,
        durationMs: 15_000,
        // As long as slow clients may stay, and some.
        drainMs: 15_000,
      });
      const { cut } = await crowd.counts();
      console.log(
        `  ${pool.name}, ${protection === undefined ? 'no protection' : 'protection'}: ` +
          `${requests.right} of ${newcomers} served, p50 ${milliseconds(latency.p50Ms)}, longest ${milliseconds(latency.maxMs)}; ${cut} slow ones cut`,
      );
    }
  }
}

/** 10,000 connections that are open and say nothing, beside good clients. */
export async function benchIdleConnections(pools: readonly BenchedPool[]): Promise<void> {
  const clients = 10_000;
  title(`${clients} idle connections on ${WORKERS} workers, ${GOOD.connections} good clients`);
  for (const pool of pools) {
    await using server = await serve(pool, ECHO);
    const rss = [server.usage.rssBytes];
    await goodClientsP99(server, {});
    rss.push(server.usage.rssBytes);
    // A client may still wait in the kernel, and the good ones would behind it.
    const allAreHeld = async (): Promise<void> => {
      for (;;) {
        const { total } = await server.stats();
        if (total.activeConnections === clients) return;
        await delay(100);
      }
    };
    const noteMemory = async (): Promise<void> => {
      rss.push(server.usage.rssBytes);
    };
    {
      await using _ = await Crowd.send('idle', server.address, clients);
      await allAreHeld();
      await noteMemory();
    }
    const times = await alternate(
      server,
      'idle',
      clients,
      {},
      {
        before: allAreHeld,
        after: noteMemory,
      },
    );
    const [, before = 0, held = 0] = rss;
    console.log(
      `  ${pool.name}: ${((held - before) / clients / 1_024).toFixed(1)} KiB resident for each connection; ` +
        `${showRatio(times)}; resident ${rss.map(mebibytes).join(', ')}`,
    );
  }
}

/** Ten times as many clients as the capacity, for as long as it takes memory to settle. */
export async function benchOverload(pools: readonly BenchedPool[]): Promise<void> {
  const capacity = 500;
  const clients = 10 * capacity;
  const seconds = 45;
  title(`Overload: ${clients} clients for a capacity of ${capacity}, for ${seconds} s`);
  const queue = { maxQueuedConnections: capacity, queueTimeoutMs: 2_000 };
  for (const pool of pools) {
    const policies = pool.options?.accept === 'worker' ? ['wait'] : ['reject', 'drop-oldest'];
    for (const policy of policies) {
      await using server = await serve(pool, {
        ...ECHO,
        maxConnectionsPerWorker: capacity / WORKERS,
        overload: policy === 'wait' ? { policy } : { policy, ...queue, rejectWith: 'Busy\n' },
      });
      // What comes with the first clients, whoever they are, is not the overload's.
      await goodClientsP99(server, {});
      const before = server.usage.rssBytes;
      const peaks = [0, 0, 0];
      await using crowd = await Crowd.send('insistent', server.address, clients);
      for (let sample = 0; sample < seconds * 10; sample += 1) {
        await delay(100);
        const third = Math.floor((3 * sample) / seconds / 10);
        peaks[third] = Math.max(peaks[third] ?? 0, server.usage.rssBytes);
      }
      const counts = await crowd.leave();
      await delay(2_000);
      const { total, shedConnections } = await server.stats();
      const shed = Object.values(shedConnections).reduce((sum, each) => sum + each);
      console.log(
        `  ${pool.name}, ${policy}: resident ${mebibytes(before)} before, at most ${peaks.map(mebibytes).join(', ')} in each third, ` +
          `${mebibytes(server.usage.rssBytes)} after; clients saw ${counts.replies} replies, ${counts.cut} ends without one and ${counts.failed} failed connects; ` +
          `the pool counted ${total.totalConnections} served and ${shed} rejected`,
      );
    }
  }
}
