import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from '@sockpool/load-client';
import { startNetworkProxy } from '@sockpool/load-client/network-proxy';
import { checkZeroLoss, type ZeroLossReport } from '@sockpool/zero-loss';
import type { Peer } from './peers.ts';
import type { RunningPeer } from './running-peer.ts';

/** How many clients keep a connection; each thinks for up to a second before each request. */
export const CLIENTS = 100;

/** How many clients come at once in a storm. */
export const STORM = 1_000;

/** What clients saw of one scenario. */
export interface Outcome {
  readonly scenario: string;
  readonly delayMs: number;
  readonly asked: number;
  readonly lost: number;
  /** How many were lost in which way. */
  readonly classes: Readonly<Record<string, number>>;
  /** The longest reply, in milliseconds. */
  readonly longestMs: number;
}

/** A server under way, with its folder. */
export interface Stage {
  readonly peer: Peer;
  readonly running: RunningPeer;
  readonly folder: string;
}

async function underClients(
  { running }: Stage,
  delayMs: number,
  name: string,
  acts: readonly (() => Promise<void>)[],
): Promise<ZeroLossReport> {
  return checkZeroLoss({
    address: `http://127.0.0.1:${running.port}/`,
    held: {
      connections: CLIENTS,
      thinkMs: [0, 1_000],
      requestsPerConnection: Number.POSITIVE_INFINITY,
    },
    newConnections: { rate: 20 },
    ...(delayMs === 0 ? {} : { network: { delayMs, jitterMs: delayMs / 5 } }),
    quietMs: 1_000,
    stallLimitMs: 60_000,
    disruptions: acts.map((act) => ({ name, run: act })),
  });
}

function outcomeOf(scenario: string, delayMs: number, report: ZeroLossReport): Outcome {
  const { losses, right, held, newConnections } = report;
  const classes: Record<string, number> = {};
  for (const { lossClass, count } of losses) classes[lossClass] = (classes[lossClass] ?? 0) + count;
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  const longestMs = Math.max(held.latency.maxMs, newConnections?.latency.maxMs ?? 0);
  return { scenario, delayMs, asked: right + lost, lost, classes, longestMs };
}

/** Everything that is done to each server, in order. */
export const SCENARIOS: readonly {
  readonly name: string;
  readonly play: (stage: Stage, delayMs: number) => Promise<Outcome>;
}[] = [
  {
    name: '3 restarts',
    play: async (stage, delayMs) => {
      const restart = async (): Promise<void> => stage.running.restart();
      const report = await underClients(stage, delayMs, 'restart', [restart, restart, restart]);
      return outcomeOf('3 restarts', delayMs, report);
    },
  },
  {
    name: 'a bad deploy',
    play: async (stage, delayMs) => {
      const [name, broken] = stage.peer.deployed;
      const file = join(stage.folder, name);
      const works = await readFile(file);
      const report = await underClients(stage, delayMs, 'bad deploy', [
        async () => {
          await writeFile(file, broken);
          // Whether it comes back is told by what clients see.
          await Promise.race([stage.running.restart(), delay(10_000)]);
          await delay(2_000);
          await writeFile(file, works);
          // A server that ended by the bad deploy can't be mended by its own means.
          await Promise.race([stage.running.restart().catch(() => undefined), delay(10_000)]);
        },
      ]);
      return outcomeOf('a bad deploy', delayMs, report);
    },
  },
  {
    name: 'a killed worker',
    play: async (stage, delayMs) => {
      const report = await underClients(stage, delayMs, 'kill', [
        async () => {
          await stage.running.killWorker();
          await delay(2_000);
        },
      ]);
      return outcomeOf('a killed worker', delayMs, report);
    },
  },
  { name: 'a storm', play: storm },
];

/** Many new clients at once, each with one request. */
async function storm({ running }: Stage, delayMs: number): Promise<Outcome> {
  await using proxy = await startNetworkProxy({
    target: { host: '127.0.0.1', port: running.port },
    delayMs,
  });
  const result = await runLoad({
    port: delayMs === 0 ? running.port : proxy.port,
    connections: STORM,
    requests: 1,
    reconnectAttempts: 0,
    replyTimeoutMs: 30_000,
    http: { requests: ['GET /'] },
  });
  const classes = Object.fromEntries(
    Object.entries(result.errors).filter(([, count]) => count > 0),
  );
  return {
    scenario: 'a storm',
    delayMs,
    asked: STORM,
    lost: STORM - result.requests.right,
    classes,
    longestMs: result.connectTime.maxMs + result.latency.maxMs,
  };
}
