import { setTimeout as delay } from 'node:timers/promises';
import { mainThreadSecondsOf } from '../process-usage.ts';
import { type ClientPlan, type ClientReport, Clients, clientOf, load } from './load.ts';
import { MachineLoad } from './machine-load.ts';
import type { AppKind } from './peer-app.ts';
import type { Peer, Task } from './peers.ts';
import type { Figure } from './results.ts';

/** What one measurement of one peer gave. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  readonly otherLoad: number;
  readonly clientLoad: number;
}

/** Something that all peers are put to. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The first is what the ratios and the picture are about. */
  readonly figures: readonly Figure[];
  /** The peer beside which the others are seen. */
  readonly baseline: string;
  /** Whether a peer can be put to it. */
  suits(peer: Peer): boolean;
  /** Names the clients. */
  client(): Promise<string>;
  measure(peer: Peer, isQuick: boolean): Promise<Outcome>;
}

const WORKERS = 2;
const CONNECTIONS = 64;
/** A quick run does this share of the work. */
const QUICK = 1 / 25;

const CPU: Figure = { key: 'cpuMicros', title: 'CPU per request', unit: 'µs', better: 'less' };
const RATE: Figure = { key: 'perSecond', title: 'requests a second', unit: '', better: 'more' };
const LOST: Figure = { key: 'lost', title: 'connections lost', unit: '', better: 'less' };
/** What the model of capacity starts from. */
const MAIN: Figure = {
  key: 'mainMicros',
  title: "CPU of the program's main thread",
  unit: 'µs',
  better: 'less',
};
const CLIENT: Figure = {
  key: 'clientMicros',
  title: 'CPU of the clients',
  unit: 'µs',
  better: 'less',
};

function scaled(count: number, isQuick: boolean): number {
  return isQuick ? Math.ceil(count * QUICK) : count;
}

interface Throughput {
  readonly name: string;
  readonly title: string;
  readonly baseline: string;
  readonly plan: ClientPlan;
  /** @default 2, on any CPU */
  readonly on?: { readonly workers: number; readonly serverCpu: number };
}

/** Clients that ask as fast as they are served: what a request costs, and how many there are a second. */
function throughput({ name, title, baseline, plan, on }: Throughput): Workload {
  const task: Task = {
    app: plan.app,
    tls: plan.tls !== undefined,
    workers: on?.workers ?? WORKERS,
    ...(on !== undefined && { cpu: on.serverCpu }),
  };
  return {
    name,
    title,
    baseline,
    figures: [CPU, RATE, MAIN, CLIENT],
    suits: (peer) => peer.serves(task),
    client: async () => clientOf(plan),
    measure: async (peer, isQuick) => {
      await using running = await peer.start(task);
      const { server } = running;
      const requests = scaled(plan.requests, isQuick);
      await load(server.port, { ...plan, requests: Math.ceil(requests / 10) });
      const machine = new MachineLoad();
      const [before, mainBefore] = [server.usage(), mainThreadSecondsOf(server.pid)];
      const report = await load(server.port, { ...plan, requests });
      const cpuSeconds = server.usage().cpuSeconds - before.cpuSeconds;
      const mainSeconds = mainThreadSecondsOf(server.pid) - mainBefore;
      check(report, requests);
      return {
        figures: {
          cpuMicros: (cpuSeconds * 1e6) / requests,
          perSecond: requests / report.seconds,
          mainMicros: (mainSeconds * 1e6) / requests,
          clientMicros: (report.cpuSeconds * 1e6) / requests,
        },
        otherLoad: machine.others(cpuSeconds + report.cpuSeconds),
        clientLoad: report.cpuSeconds / report.seconds,
      };
    },
  };
}

/** @throws {Error} when somebody was not served, or only after a loss */
function check(report: ClientReport, requests: number): void {
  checkAllServed(report, requests);
  if (report.lost > 0) throw new Error(`${report.lost} connections were lost`);
}

/** @throws {Error} when somebody was not served in time */
function checkAllServed({ right, seconds }: ClientReport, clients: number): void {
  if (right === clients) return;
  throw new Error(`${right} of ${clients} were served in ${seconds.toFixed(0)} s`);
}

const ECHO: Task = { app: 'echo', tls: false, workers: WORKERS };
const inC = async (): Promise<string> => 'load-generator.c';

/** Many new clients at once beside those that keep the server fully busy. */
const STORM: Workload = {
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
const RECONNECT: Workload = {
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
const IDLE: Workload = {
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

/** Whether more workers of it are more processes or threads, and it tells when all listen. */
const hasWorkers = (peer: Peer): boolean =>
  peer.single === undefined && peer.tellsAll && peer.name !== 'go';

/** Starts a server, and tells what it took. */
async function starting(peer: Peer, workers: number) {
  const machine = new MachineLoad();
  const ownBefore = process.cpuUsage();
  await using running = await peer.start({ ...ECHO, workers });
  const { user, system } = process.cpuUsage(ownBefore);
  const { cpuSeconds } = running.server.usage();
  return {
    bytes: running.server.memoryBytes(),
    startMs: running.server.startMs,
    cpuSeconds,
    otherLoad: machine.others(cpuSeconds + (user + system) / 1e6),
  };
}

const WORKER: Workload = {
  name: 'worker',
  title: 'One worker more: 5 beside 1',
  baseline: 'cluster',
  figures: [
    { key: 'mebibytes', title: 'memory (PSS)', unit: 'MiB', better: 'less' },
    { key: 'startMs', title: 'start', unit: 'ms', better: 'less' },
  ],
  suits: hasWorkers,
  client: async () => 'none',
  measure: async (peer) => {
    const few = await starting(peer, 1);
    const many = await starting(peer, 5);
    return {
      figures: {
        mebibytes: (many.bytes - few.bytes) / 4 / 2 ** 20,
        startMs: (many.startMs - few.startMs) / 4,
      },
      otherLoad: Math.max(few.otherLoad, many.otherLoad),
      clientLoad: 0,
    };
  },
};

const START: Workload = {
  name: 'start',
  title: 'Start of 64 workers, until all listen',
  baseline: 'fork',
  figures: [
    { key: 'startMs', title: 'start', unit: 'ms', better: 'less' },
    { key: 'cpuSeconds', title: 'CPU', unit: 's', better: 'less' },
  ],
  suits: hasWorkers,
  client: async () => 'none',
  measure: async (peer, isQuick) => {
    const { startMs, cpuSeconds, otherLoad } = await starting(peer, scaled(64, isQuick));
    return { figures: { startMs, cpuSeconds }, otherLoad, clientLoad: 0 };
  },
};

/** Hello by HTTP, kept alive and not. */
function hello(name: string, what: string, app: AppKind, tls?: true): Workload[] {
  const plan: ClientPlan = {
    app,
    connections: CONNECTIONS,
    requests: tls ? 30_000 : 60_000,
    ...(tls && { tls }),
  };
  const short: ClientPlan = { ...plan, requests: tls ? 4_000 : 20_000, requestsPerConnection: 1 };
  return [
    throughput({ name, title: `${what}, 64 connections kept alive`, baseline: 'node', plan }),
    throughput({
      name: `${name}-short`,
      title: `${what}, one request per connection`,
      baseline: 'fork',
      plan: short,
    }),
  ];
}

const KEPT: ClientPlan = { app: 'echo', connections: CONNECTIONS, requests: 100_000 };
const SHORT: ClientPlan = { ...KEPT, requests: 20_000, requestsPerConnection: 1 };
const ONE_CPU = { workers: 1, serverCpu: 0 } as const;

/** Everything that is measured, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  throughput({
    name: 'short',
    title: 'Echo, one request per connection, 64 at a time',
    baseline: 'fork',
    plan: SHORT,
  }),
  throughput({
    name: 'keep-alive',
    title: 'Echo, 64 connections kept alive',
    baseline: 'node',
    plan: KEPT,
  }),
  throughput({
    name: 'large',
    title: 'Echo of 16 KiB, 64 connections kept alive',
    baseline: 'node',
    plan: { ...KEPT, requests: 20_000, bytes: 16_384 },
  }),
  ...hello('http', "Hello by Node's http", 'http'),
  ...hello('fastify', 'Hello by Fastify', 'fastify'),
  throughput({
    name: 'tls',
    title: 'Echo by TLS, 64 connections kept alive',
    baseline: 'node',
    plan: { ...KEPT, requests: 50_000, tls: true },
  }),
  throughput({
    name: 'tls-short',
    title: 'Echo by TLS, a full handshake for each request',
    baseline: 'fork',
    plan: { ...SHORT, requests: 4_000, tls: true },
  }),
  throughput({
    name: 'tls-resumed',
    title: 'Echo by TLS, a resumed session for each request',
    baseline: 'fork',
    plan: { ...SHORT, requests: 4_000, tls: 'resumed' },
  }),
  ...hello('https', "Hello by Node's https", 'http', true),
  ...hello('fastify-https', 'Hello by Fastify and https', 'fastify', true),
  STORM,
  RECONNECT,
  IDLE,
  WORKER,
  START,
  throughput({
    name: 'keep-alive-1cpu',
    title: 'Echo kept alive, 1 worker, the server on one CPU and the clients on another',
    baseline: 'node',
    plan: { ...KEPT, cpu: 1 },
    on: ONE_CPU,
  }),
  throughput({
    name: 'short-1cpu',
    title:
      'Echo, one request per connection, 1 worker, the server on one CPU and the clients on another',
    baseline: 'node',
    plan: { ...SHORT, cpu: 1 },
    on: ONE_CPU,
  }),
];
