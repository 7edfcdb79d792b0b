import { setTimeout as delay } from 'node:timers/promises';
import { Clients, load } from './load.ts';
import { MachineLoad } from './machine-load.ts';
import type { Task } from './peers.ts';
import type { Figure } from './results.ts';
import { checkAllServed, CONNECTIONS, scaled, WORKERS, type Workload } from './workload.ts';

const LOST: Figure = { key: 'lost', title: 'connections lost', unit: '', better: 'less' };
const ECHO: Task = { app: 'echo', tls: false, workers: WORKERS };
const inC = async (): Promise<string> => 'load-generator.c';

/** Many new clients at once beside those that keep the server fully busy. */
export const STORM: Workload = {
  name: 'storm',
  title: '1,000 clients connect at once to a server at full load, one request each',
  baseline: 'fork',
  figures: [
    { key: 'p999Ms', title: 'p99.9 until served', unit: 'ms', better: 'less' },
    { key: 'p50Ms', title: 'p50', unit: 'ms', better: 'less' },
    LOST,
  ],
  suits: (peer) => peer.serves(ECHO),
  client: inC,
  measure: async (peer, isQuick) => {
    const clients = scaled(1_000, isQuick);
    await using running = await peer.start(ECHO);
    const { server } = running;
    const machine = new MachineLoad();
    const before = server.usage();
    const busy = {
      app: 'echo',
      connections: CONNECTIONS,
      requests: 20_000_000,
      seconds: 60,
    } as const;
    await using crowd = await Clients.start(server.port, busy, false);
    // Long enough for the server to be warm, and for its load to be steady.
    await delay(isQuick ? 200 : 1_000);
    const plan = {
      app: 'echo',
      connections: clients,
      requests: clients,
      requestsPerConnection: 1,
    } as const;
    const report = await load(server.port, { ...plan, seconds: 30 });
    await crowd[Symbol.asyncDispose]();
    const crowded = await crowd.report();
    checkAllServed(report, clients);
    const cpuSeconds = server.usage().cpuSeconds - before.cpuSeconds;
    return {
      figures: {
        p999Ms: report.p999Ms,
        p50Ms: report.p50Ms,
        lost: report.lost,
      },
      otherLoad: machine.others(cpuSeconds + report.cpuSeconds + crowded.cpuSeconds),
      clientLoad: crowded.cpuSeconds / crowded.seconds,
    };
  },
};

/** All clients of a server come back in the moment in which it listens again. */
export const RECONNECT: Workload = {
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
  suits: (peer) => peer.serves(ECHO),
  client: inC,
  measure: async (peer, isQuick) => {
    const clients = scaled(10_000, isQuick);
    await using running = await peer.start(ECHO);
    const { server } = running;
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
      figures: {
        allServedMs: report.seconds * 1_000,
        p50Ms: report.p50Ms,
        cpuMicros: (cpuSeconds * 1e6) / clients,
        lost: report.lost,
      },
      otherLoad: machine.others(cpuSeconds + report.cpuSeconds),
      clientLoad: report.cpuSeconds / report.seconds,
    };
  },
};

/** What a connection that says nothing keeps of the machine's memory. */
export const IDLE: Workload = {
  name: 'idle',
  title: '10,000 connections that have had one reply each and are idle',
  baseline: 'node',
  figures: [
    { key: 'kibibytes', title: 'memory (PSS) per connection', unit: 'KiB', better: 'less' },
  ],
  suits: (peer) => peer.serves(ECHO),
  client: inC,
  measure: async (peer, isQuick) => {
    const clients = scaled(10_000, isQuick);
    await using running = await peer.start(ECHO);
    const { server } = running;
    await load(server.port, { app: 'echo', connections: CONNECTIONS, requests: 5_000 });
    const machine = new MachineLoad();
    const [bytesBefore, before] = [server.memoryBytes(), server.usage()];
    await using crowd = await Clients.start(server.port, {
      app: 'echo',
      connections: clients,
      requests: clients,
    });
    const report = await crowd.report();
    checkAllServed(report, clients);
    const bytes = server.memoryBytes() - bytesBefore;
    return {
      figures: { kibibytes: bytes / 1_024 / clients },
      otherLoad: machine.others(server.usage().cpuSeconds - before.cpuSeconds + report.cpuSeconds),
      clientLoad: report.cpuSeconds / report.seconds,
    };
  },
};
