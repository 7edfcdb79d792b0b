import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { requireMethods } from '@sockpool/option-checks';
import { ControlClients } from './control-clients.ts';
import { controlClient, type ControlClientOptions } from './control-client.ts';
import { ControlError } from './control-error.ts';
import {
  type ControlOptions,
  resolveControlOptions,
  type ResolvedControlOptions,
} from './control-options.ts';
import type { ControllablePool } from './controllable-pool.ts';
import { listenPrivately, makePrivateDirectory } from './control-socket.ts';
import { EventFeed } from './events/event-feed.ts';
import { handleRequest } from './request-handler.ts';

/** How long answers under way may take when the server closes, in milliseconds. */
const CLOSE_MS = 5_000;

/** How often a program looks whether its parent has given up the port, in milliseconds. */
const PARENT_POLL_MS = 100;

/** How long whoever has the place is waited for to say who it is, in milliseconds. */
const PARENT_ANSWERS_MS = 2_000;

/** A control server that listens. */
export class ControlServer implements AsyncDisposable {
  /** Where: the path of the socket, or the address. */
  readonly address: string | AddressInfo;
  readonly #server: Server;
  readonly #closing: AbortController;
  readonly #remove: () => Promise<void>;
  #closed: Promise<void> | undefined;

  /** Use {@link serveControl}. */
  constructor(
    server: Server,
    address: string | AddressInfo,
    closing: AbortController,
    remove: () => Promise<void>,
  ) {
    this.#server = server;
    this.address = address;
    this.#closing = closing;
    this.#remove = remove;
  }

  /**
   * Closes it and removes its socket; answers that are under way have five seconds. It closes by
   * itself when the pool has closed. Idempotent.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#remove();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const deadline = setTimeout(() => {
      this.#closing.abort(new Error('the control server closes'));
      this.#server.closeAllConnections();
    }, CLOSE_MS).unref();
    await closed;
    clearTimeout(deadline);
  }
}

/**
 * Serves the control API of a pool: shows what it does, and does what is asked. On a unix-domain
 * socket that only this user may use, unless a `port` and a `token` are given.
 *
 * It runs in the primary and does not keep it running. It listens to the pool's events only while
 * somebody asks for them, and whatever its clients do or leave undone, the pool goes on: bodies,
 * clients, and what they leave unread are bounded.
 *
 * @param pool a `ProcessPool` or a `ThreadPool`, which need not listen yet
 * @param options where, and for whom
 * @returns the server, which listens
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 * @throws {ControlError} when the socket cannot be made: its folder is open to others, another
 *   program listens there, its path is too long
 * @throws {Error} the system's error, such as `EADDRINUSE`
 * @example
 * const pool = new ProcessPool({ handler: new URL('./handler.js', import.meta.url) });
 * await using control = await serveControl(pool, { name: 'shop' });
 * await pool.listen({ port: 3000 });
 */
export async function serveControl(
  pool: ControllablePool,
  options: ControlOptions = {},
): Promise<ControlServer> {
  requireMethods('The pool of serveControl()', pool, ['once'], 'a ProcessPool or a ThreadPool');
  const resolved = resolveControlOptions(options);
  if (pool.state === 'closed') {
    throw new ControlError('ERR_CONTROL_SOCKET', 'Cannot serve control: the pool is closed');
  }
  const closing = new AbortController();
  const { clientTimeoutMs, reloadTls, name, token } = resolved;
  const feed = new EventFeed(pool);
  const startedAtMs = performance.now();
  const about = () => ({
    name,
    pid: process.pid,
    node: process.version,
    uptimeMs: performance.now() - startedAtMs,
  });
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]', ...resolved.allowedHosts]);
  const page = resolved.page?.({
    about,
    subscribe: (subscriber) => feed.subscribe(subscriber),
  });
  const server = createServer({
    requestTimeout: clientTimeoutMs,
    headersTimeout: clientTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, clientTimeoutMs),
    keepAliveTimeout: 5_000,
  });
  const clients = new ControlClients(server, resolved.maxClients);
  server.on('request', (request, response) => {
    clients.serve(request.socket, response);
    void handleRequest(request, response, {
      call: { pool, feed, about, reloadTls },
      access: () => ({ token, hosts, page }),
      page,
      options: resolved,
      closing: closing.signal,
    });
  });
  let listening: Awaited<ReturnType<typeof listen>>;
  try {
    listening = await listen(server, resolved, hosts);
  } catch (error) {
    page?.close();
    throw error;
  }
  const { address, remove } = listening;
  const control = new ControlServer(server.unref(), address, closing, async () => {
    pool.off('closed', onClosed).off('upgraded', onUpgraded);
    page?.close();
    await remove();
  });
  const onClosed = (): void => void control.close();
  const onUpgraded = (): void => {
    page?.close();
    // The new program takes the port; a socket's path it has taken already.
    if (typeof address !== 'string') server.close();
  };
  pool.once('closed', onClosed).once('upgraded', onUpgraded);
  if ((pool.state as string) === 'closed') await control.close();
  return control;
}

async function listen(
  server: Server,
  { place, host, token }: ResolvedControlOptions,
  hosts: Set<string>,
): Promise<{ readonly address: string | AddressInfo; readonly remove: () => Promise<void> }> {
  if ('port' in place) {
    const { port } = place;
    const there = { port, host, ...(token !== undefined && { token }) };
    await listenOnPort(server, { port, host }, () => isParent(there));
    const address = server.address() as AddressInfo;
    hosts.add(address.family === 'IPv6' ? `[${address.address}]` : address.address);
    hosts.add(host.toLowerCase());
    return { address, remove: async () => undefined };
  }
  const folder = dirname(place.path);
  if (place.own) await makePrivateDirectory(folder);
  else await mkdir(folder, { recursive: true, mode: 0o700 });
  const remove = await listenPrivately(server, place.path, () => isParent({ path: place.path }));
  return { address: place.path, remove };
}

/** A program that an upgrade has started waits until its parent has given the port up. */
async function listenOnPort(
  server: Server,
  place: { readonly port: number; readonly host: string },
  isParents: () => Promise<boolean>,
): Promise<void> {
  for (;;) {
    try {
      server.listen(place);
      await once(server, 'listening');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isParents())) {
        throw error;
      }
    }
    await setTimeoutPromise(PARENT_POLL_MS);
  }
}

/** The program that an upgrade has started takes the place of the one that has started it. */
async function isParent(there: ControlClientOptions): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PARENT_ANSWERS_MS);
    return (await controlClient({ ...there, signal }).about()).pid === process.ppid;
  } catch {
    // Whoever does not answer is not the parent.
    return false;
  }
}
