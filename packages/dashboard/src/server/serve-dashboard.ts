import type { AddressInfo } from 'node:net';
import { requireMethods } from '@sockpool/option-checks';
import { type ControlServer, serveControl } from '@sockpool/control';
import { type DashboardOptions, resolveDashboardOptions } from './dashboard-options.ts';
import { Live } from './live.ts';
import type { DashboardPool } from './measured-pool.ts';
import { PageFiles } from './page-files.ts';

/** A dashboard that is served. */
export class DashboardServer implements AsyncDisposable {
  readonly #control: ControlServer;

  /** Use {@link serveDashboard}. */
  constructor(control: ControlServer) {
    this.#control = control;
  }

  /** Where it listens. */
  get address(): AddressInfo {
    return this.#control.address as AddressInfo;
  }

  /** What to open in a browser. */
  get url(): string {
    const { address, family, port } = this.address;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  /** Closes it. It closes by itself when the pool has closed. Idempotent. */
  close(): Promise<void> {
    return this.#control.close();
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Serves a page that shows a pool live and steers it, together with the pool's control API, on
 * loopback unless a `host` is given. The page may act when a person has entered the token on it.
 *
 * It runs in the primary and does not keep it running. It takes a sample each second, without asking
 * a worker, and keeps the last quarter of an hour. Whatever viewers do or leave undone, the pool goes
 * on: what they leave unread is bounded.
 *
 * @param pool a `ProcessPool` or a `ThreadPool`, with the option `metrics` for requests, latencies
 *   and memory; it need not listen yet
 * @param options where, and for whom
 * @returns the server, which listens
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 * @throws {ControlError} when the pool is closed
 * @throws {Error} the system's error, such as `EADDRINUSE`
 * @example
 * const pool = new ProcessPool({ handler: new URL('./handler.js', import.meta.url), metrics: true });
 * await pool.listen({ port: 3000 });
 * const { url } = await serveDashboard(pool, { name: 'shop', token: process.env.SOCKPOOL_TOKEN });
 */
export async function serveDashboard(
  pool: DashboardPool,
  options: DashboardOptions = {},
): Promise<DashboardServer> {
  requireMethods(
    'The pool of serveDashboard()',
    pool,
    ['once', 'metrics'],
    'a ProcessPool or a ThreadPool',
  );
  const { port, host, openFigures, sampleMs, historyMs } = resolveDashboardOptions(options);
  const { name, token, allowedHosts, reloadTls, onClientsCut } = options;
  const files = new PageFiles();
  const control = await serveControl(pool, {
    port,
    host,
    ...(name !== undefined && { name }),
    ...(token !== undefined && { token }),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...(reloadTls !== undefined && { reloadTls }),
    ...(onClientsCut !== undefined && { onClientsCut }),
    page: (pageHost) => {
      const steerable = token !== undefined;
      const live = new Live(pool, { host: pageHost, steerable, sampleMs, historyMs });
      return {
        openFigures,
        answer(request, response, requireAccess) {
          const [pathname = '/'] = (request.url ?? '/').split('?', 1);
          if (pathname === '/live') {
            requireAccess('figures');
            live.show(response);
            return true;
          }
          if (pathname === '/token') {
            // Tells whether the token is the right one, and nothing else.
            requireAccess('action');
            response.writeHead(204, { 'cache-control': 'no-store' }).end();
            return true;
          }
          return files.send(pathname, request, response);
        },
        close: () => live.close(),
      };
    },
  });
  return new DashboardServer(control);
}
