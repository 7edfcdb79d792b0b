import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProcessPool } from '@sockpool/process-pool';
import { ThreadPool } from '@sockpool/thread-pool';
import { type DashboardServer, serveDashboard } from '@sockpool/dashboard';

/** The token of the pools here. */
export const TOKEN = 'a-token-for-looking-only';

/** A pool under load, with its dashboard. */
export interface WatchedPool extends AsyncDisposable {
  readonly pool: ProcessPool | ThreadPool;
  readonly dashboard: DashboardServer;
  /** Asks for a path once, and waits for the end of the answer, whatever it is. */
  ask(path: string): Promise<void>;
}

/** What is watched. */
export interface WatchedTerms {
  readonly threads?: boolean;
  readonly workers: number;
  readonly clients: number;
  /** The longest that a client thinks between two requests, in milliseconds. */
  readonly thinkMs: number;
}

/** Starts a pool, its dashboard, and clients. */
export async function watchedPool(terms: WatchedTerms): Promise<WatchedPool> {
  const { threads = false, workers, clients, thinkMs } = terms;
  const Kind = threads ? ThreadPool : ProcessPool;
  const pool = new Kind({
    handler: new URL('./handler.ts', import.meta.url),
    workers,
    metrics: true,
    closeOnSignals: false,
    bootTimeoutMs: 300_000,
    rollout: { minReadyMs: 0 },
    shutdown: { graceMs: 10_000 },
    protection: { maxConnectionsPerAddress: 500 },
    health: { stuckTimeoutMs: 5_000 },
  } as ConstructorParameters<typeof ProcessPool>[0]);
  const { port } = (await pool.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo;
  const dashboard = await serveDashboard(pool, { name: 'shop', token: TOKEN });
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients + 20 });
  const stop = new AbortController();
  const ask = (path: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    http
      .get({ host: '127.0.0.1', port, path, agent }, (response) => {
        response.resume().once('close', () => resolve());
      })
      .on('error', () => resolve());
    return promise;
  };
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await ask('/');
      await pause(Math.random() * thinkMs);
    }
  };
  for (let index = 0; index < clients; index += 1) void client();
  return {
    pool,
    dashboard,
    ask,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await pool.close();
      agent.destroy();
      await dashboard.close();
    },
  };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
