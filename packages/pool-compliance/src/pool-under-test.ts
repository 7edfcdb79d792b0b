import { onTestFinished } from 'vitest';
import type { ListenOptions, PoolOptions, WorkerPool } from '@sockpool/pool-core';
import type { Capabilities } from './capabilities.ts';
import { LineClient } from './clients/line-client.ts';
import { moduleUrl } from './module-url.ts';

/** A kind of pool, as the suite needs to know it. */
export interface PoolKind {
  /** What the titles of the tests call it. */
  readonly name: string;
  /** The class. */
  readonly Pool: new (options: PoolOptions) => WorkerPool;
  /** Options that make this kind of pool out of its class. */
  readonly options?: object;
  /** The built module that exports the class, for programs that the suite runs. */
  readonly moduleUrl: string;
  /** What its workers can do. */
  readonly capabilities: Capabilities;
  /** Options that give a worker a heap of 24 MB, for kinds whose workers run apart. */
  readonly smallHeap?: object;
}

/** The names of the handler modules in `handlers/`. */
export type HandlerName =
  | 'commands'
  | 'counts-concurrency'
  | 'counts-turns'
  | 'diagnosed'
  | 'dies-when-told'
  | 'echo-bytes'
  | 'echo-lines'
  | 'ends-half-open'
  | 'has-hooks'
  | 'hosted/by-alpn'
  | 'hosted/express'
  | 'hosted/fastify'
  | 'hosted/fastify-closing'
  | 'hosted/h2'
  | 'hosted/h2c'
  | 'hosted/http'
  | 'hosted/http-closing'
  | 'hosted/https'
  | 'hosted/streams'
  | 'hosted/tls'
  | 'hosted/websocket'
  | 'leads'
  | 'measured'
  | 'never-ready'
  | 'no-default-export'
  | 'outlives'
  | 'posts-messages'
  | 'ready-when-told'
  | 'refuses-to-die'
  | 'tells-loaded-files'
  | 'throws-at-load';

/** Gives the URL of a test handler. */
export function handlerUrl(name: HandlerName): URL {
  return moduleUrl(`handlers/${name}`);
}

/** Keeps test output clean of the warnings that tests provoke. */
const silent = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
});

/** What it takes to make a pool. */
type MadeBy = Pick<PoolKind, 'Pool' | 'options'>;

/** Makes a pool that ends with the test. Signals are left alone: they are the test runner's. */
export function createPool(
  kind: MadeBy,
  options: Partial<PoolOptions> & { readonly name?: HandlerName } = {},
): WorkerPool {
  const { name = 'commands', ...rest } = options;
  const pool = new kind.Pool({
    handler: handlerUrl(name),
    workers: 2,
    closeOnSignals: false,
    logger: silent,
    respawn: { initialDelayMs: 5 },
    // Workers start late on a busy machine.
    bootTimeoutMs: 60_000,
    // And end late, as their clients do, whose next request may be seconds late: a test of a step that
    // ends or fails by its time sets its own.
    shutdown: { graceMs: 60_000, terminateMs: 60_000, killMs: 60_000 },
    rollout: { minReadyMs: 20 },
    ...kind.options,
    ...rest,
  });
  onTestFinished(async () => {
    await pool.destroy();
  });
  return pool;
}

/** Makes a pool, starts it, and gives a way to connect to it. */
export async function listeningPool(
  kind: MadeBy,
  options: Parameters<typeof createPool>[1] = {},
  listen?: ListenOptions,
): Promise<{ pool: WorkerPool; connect: () => Promise<LineClient> }> {
  const pool = createPool(kind, options);
  await pool.listen(listen);
  const connect = async (): Promise<LineClient> => {
    const client = await LineClient.connect(pool.address);
    onTestFinished(() => client[Symbol.asyncDispose]());
    return client;
  };
  return { pool, connect };
}

/** Connects clients until every worker has one, and gives one client for each worker id. */
export async function oneClientPerWorker(
  connect: () => Promise<LineClient>,
  workers: number,
): Promise<LineClient[]> {
  const byWorker = new Map<number, LineClient>();
  while (byWorker.size < workers) {
    const client = await connect();
    const id = Number(await client.ask('worker'));
    if (byWorker.has(id)) await client.end();
    else byWorker.set(id, client);
  }
  return [...byWorker].toSorted(([a], [b]) => a - b).map(([, client]) => client);
}
