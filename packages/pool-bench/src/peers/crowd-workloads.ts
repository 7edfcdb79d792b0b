import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from '../bench-server.ts';
import { type ClientReport, Clients, load } from './load.ts';
import { MachineLoad } from './machine-load.ts';
import type { Task } from './peers.ts';
import type { Figure } from './results.ts';
import {
  checkAllServed,
  CONNECTIONS,
  type Outcome,
  scaled,
  WORKERS,
  type Workload,
} from './workload.ts';

const LOST: Figure = { key: 'lost', title: 'connections lost', unit: '', better: 'less' };
const ECHO: Task = { app: 'echo', tls: false, workers: WORKERS };

/** What clients in C do to a server of echoes. */
function onEcho(
  about: Pick<Workload, 'name' | 'title' | 'baseline' | 'figures'>,
  measure: (server: BenchServer, isQuick: boolean) => Promise<Outcome>,
): Workload {
  return {
    ...about,
    suits: (peer) => peer.serves(ECHO),
    client: async () => 'load-generator.c',
    measure: async (peer, isQuick) => {
      await using running = await peer.start(ECHO);
      return await measure(running.server, isQuick);
    },
  };
}

/**
 * Opens so many connections at once, with one request each.
 *
 * @param figuresOf takes the figures, while the connections are open
 */
async function arrive(
  server: BenchServer,
  clients: number,
  figuresOf: (report: ClientReport, cpuSeconds: number) => Outcome['figures'],
): Promise<Outcome> {
  const machine = new MachineLoad();
  const before = server.usage();
  await using crowd = await Clients.start(server.port, {
    app: 'echo',
    connections: clients,
    requests: clients,
  });
  const report = await crowd.report();
  checkAllServed(report, clients);
  const cpuSeconds = server.usage().cpuSeconds - before.cpuSeconds;
  return {
    figures: figuresOf(report, cpuSeconds),
    otherLoad: machine.others(cpuSeconds + report.cpuSeconds),
    clientLoad: report.cpuSeconds / report.seconds,
  };
}

/** Many new clients at once beside those that keep the server fully busy. */
export const STORM: Workload = onEcho(
  {
    name: 'storm',
    title: '1,000 clients connect at once to a server at full load, one request each',
    baseline: 'fork',
    figures: [
      { key: 'p999Ms', title: 'p99.9 until served', unit: 'ms', better: 'less' },
      { key: 'p50Ms', title: 'p50', unit: 'ms', better: 'less' },
      LOST,
    ],
  },
  async (server, isQuick) => {
    const clients = scaled(1_000, isQuick);
    const machine = new MachineLoad();
    const before = server.usage();
    await using crowd = await Clients.start(
      server.port,
      { app: 'echo', connections: CONNECTIONS, requests: 20_000_000, seconds: 60 },
      false,
    );
    // Long enough for the server to be warm, and for its load to be steady.
    await delay(isQuick ? 200 : 1_000);
    const report = await load(server.port, {
      app: 'echo',
      connections: clients,
      requests: clients,
      requestsPerConnection: 1,
      seconds: 30,
    });
    await crowd[Symbol.asyncDispose]();
    const crowded = await crowd.report();
    checkAllServed(report, clients);
    const cpuSeconds = server.usage().cpuSeconds - before.cpuSeconds;
    const { p999Ms, p50Ms, lost } = report;
    return {
      figures: { p999Ms, p50Ms, lost },
      otherLoad: machine.others(cpuSeconds + report.cpuSeconds + crowded.cpuSeconds),
      clientLoad: crowded.cpuSeconds / crowded.seconds,
    };
  },
);

/**
 * All clients of a server come back in the moment in which it listens again.
 *
 * More of them wait than `net.core.somaxconn` lets (4,096 by default) where one thread accepts for all.
 * Of those that try again a second later, one or two were reset in about one run of 20, with a pool and
 * with `moved`, which has none. The system's counters told of no abort by a program (`TCPAbortOnClose`).
 */
export const RECONNECT: Workload = onEcho(
  {
    name: 'reconnect',
    title:
      '10,000 clients reconnect in the moment in which a restarted server listens, one request each',
    baseline: 'fork',
    figures: [
      { key: 'allServedMs', title: 'until all are served', unit: 'ms', better: 'less' },
      { key: 'p50Ms', title: 'p50', unit: 'ms', better: 'less' },
      { key: 'cpuMicros', title: 'CPU per client', unit: 'µs', better: 'less' },
      LOST,
    ],
  },
  (server, isQuick) => {
    const clients = scaled(10_000, isQuick);
    return arrive(server, clients, ({ seconds, p50Ms, lost }, cpuSeconds) => ({
      allServedMs: seconds * 1_000,
      p50Ms,
      cpuMicros: (cpuSeconds * 1e6) / clients,
      lost,
    }));
  },
);

/** What a connection that says nothing keeps of the machine's memory. */
export const IDLE: Workload = onEcho(
  {
    name: 'idle',
    title: '10,000 connections that have had one reply each and are idle',
    baseline: 'node',
    figures: [
      { key: 'kibibytes', title: 'memory (PSS) per connection', unit: 'KiB', better: 'less' },
    ],
  },
  async (server, isQuick) => {
    const clients = scaled(10_000, isQuick);
    await load(server.port, { app: 'echo', connections: CONNECTIONS, requests: 5_000 });
    const bytesBefore = server.memoryBytes();
    return arrive(server, clients, () => ({
      kibibytes: (server.memoryBytes() - bytesBefore) / 1_024 / clients,
    }));
  },
);
