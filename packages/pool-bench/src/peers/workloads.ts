import { IDLE, RECONNECT, STORM } from './crowd-workloads.ts';
import type { ClientPlan } from './load.ts';
import type { AppKind } from './peer-app.ts';
import { START, WORKER } from './start-workloads.ts';
import { throughput } from './throughput-workload.ts';
import { CONNECTIONS, type Workload } from './workload.ts';

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
