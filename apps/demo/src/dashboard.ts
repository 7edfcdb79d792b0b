import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveDashboard } from '@sockpool/dashboard';
import { serveLanes } from './lanes.ts';
import { createPool, type PoolName } from './pools.ts';

/** How long between two restarts, in milliseconds. */
const RESTART_MS = 10_000;

/** Clients at a time, and how long each thinks at most between two requests, in milliseconds. */
const CLIENTS = 24;
const THINK_MS = 150;

/** What the demo shows. */
export interface DashboardDemoOptions {
  readonly pool: PoolName;
  /** The port of the dashboard; 0 picks a free one. */
  readonly port: number;
  readonly workers: number;
  /** Whether the pages are opened in a browser, where there is a desktop. */
  readonly open: boolean;
}

/**
 * Shows a pool under load that is restarted every ten seconds on its dashboard, and the notebook's
 * pools as lanes of connections, until SIGTERM or SIGINT.
 */
export async function showDashboard({
  pool: kind,
  port,
  workers,
  open,
}: DashboardDemoOptions): Promise<void> {
  const handler = new URL('./web-app.js', import.meta.url);
  await using pool = createPool(kind, { handler, workers, metrics: true });
  const address = (await pool.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo;
  const token = process.env['SOCKPOOL_TOKEN'] ?? randomBytes(18).toString('base64url');
  const { url } = await serveDashboard(pool, { name: 'demo', port, token });
  await using lanes = await serveLanes();
  console.log(`dashboard on ${url} (its actions need the token ${token})`);
  console.log(`lanes of the notebook's pools on ${lanes.url}`);
  console.log(
    `${workers} workers serve ${CLIENTS} clients, and are restarted every 10 seconds; Ctrl-C ends it`,
  );
  if (open) for (const page of [url, lanes.url]) openInBrowser(page);
  const load = startLoad(address.port);
  const restarting = setInterval(() => {
    pool.restart({ graceMs: RESTART_MS / 2 }).catch((error: Error) => {
      if (pool.state === 'listening') console.error(error.message);
    });
  }, RESTART_MS);
  await once(pool, 'closing');
  clearInterval(restarting);
  load.abort();
}

/** Where there is a desktop. Whoever sees nothing has the addresses all the same. */
function openInBrowser(url: string): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  const isMac = process.platform === 'darwin';
  if (!isMac && DISPLAY === undefined && WAYLAND_DISPLAY === undefined) return;
  spawn(isMac ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', (error) => console.error(`Cannot open a browser: ${error.message}`))
    .unref();
}

/** Clients that ask, think, and ask again, until they are told to stop. */
function startLoad(port: number): AbortController {
  const stop = new AbortController();
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        http
          .get({ host: '127.0.0.1', port, agent }, (response) => {
            response.resume().once('close', () => resolve());
          })
          // The pool is closing, or does not listen any more.
          .on('error', () => resolve());
      });
      await new Promise((resolve) => {
        setTimeout(resolve, Math.random() * THINK_MS);
      });
    }
    agent.destroy();
  };
  for (let index = 0; index < CLIENTS; index += 1) void client();
  return stop;
}
