import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, BoundSocket } from 'node:net';
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { requireMethods } from '@sockpool/option-checks';
import { ControlClients } from './control-clients.ts';
import { CutWatch } from './cut-clients.ts';
import { ControlError } from './control-error.ts';
import {
  type ControlOptions,
  resolveControlOptions,
  type ResolvedControlOptions,
} from './control-options.ts';
import type { ControllablePool, ControlListener } from './controllable-pool.ts';
import { bindPrivately, makePrivateDirectory, removerOf } from './control-socket.ts';
import { EventFeed } from './events/event-feed.ts';
import { handleRequest } from './request-handler.ts';

/** How long answers under way may take when the server closes, in milliseconds. */
const CLOSE_MS = 5_000;

/** A control server that listens. */
export class ControlServer implements AsyncDisposable {
  /** Where: the path of the socket, or the address. */
  readonly address: string | AddressInfo;
  readonly #server: Server;
  readonly #listener: ControlListener;
  readonly #closing: AbortController;
  readonly #leave: () => void;
  readonly #remove: () => Promise<void>;
  readonly #ended: Promise<void>;
  #closed: Promise<void> | undefined;

  /** Use {@link serveControl}. */
  constructor(
    server: Server,
    { listener, remove }: Listening,
    { closing, leave }: { readonly closing: AbortController; readonly leave: () => void },
  ) {
    this.#server = server;
    this.#listener = listener;
    this.address = listener.address;
    this.#closing = closing;
    this.#leave = leave;
    this.#remove = remove;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.once('close', resolve);
    this.#ended = promise;
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
    this.#leave();
    // One that still waits for its predecessor has never had a client, and the file is not its own.
    const handedOver = !this.#listener.open;
    const hasListened = this.#server.listening || handedOver;
    if (this.#listener.close()) await this.#remove();
    if (!hasListened) return;
    // It takes those for idle as well who have connected before a hand-over, and not asked yet.
    if (!handedOver) this.#server.closeIdleConnections();
    const deadline = setTimeout(() => {
      this.#closing.abort(new Error('the control server closes'));
      this.#server.closeAllConnections();
    }, CLOSE_MS).unref();
    await this.#ended;
    clearTimeout(deadline);
  }
}

/**
 * Serves the control API of a pool: shows what it does, and does what is asked. On a unix-domain
 * socket that only this user may use, unless a `port` and a `token` are given.
 *
 * It runs in the primary and does not keep it running. It listens to the pool's events only while
 * somebody asks for them, and whatever its clients do or leave undone, the pool goes on: bodies,
 * clients, and what they leave unread are bounded. An upgrade hands over what it listens on.
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
  const cuts = new CutWatch((cut) => resolved.onClientsCut?.(cut));
  const onCut = (reason: string): void => cuts.cut(reason);
  const page = resolved.page?.({
    about,
    clientCut: onCut,
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
    // After a hand-over, the next request is the successor's.
    if (!server.listening) response.setHeader('connection', 'close');
    clients.serve(request.socket, response);
    void handleRequest(request, response, {
      call: { pool, feed, about, reloadTls },
      access: () => ({ token, hosts, page }),
      page,
      onCut,
      options: resolved,
      closing: closing.signal,
    });
  });
  let listening: Listening;
  try {
    listening = await listen(pool, server, resolved, () => {
      page?.close();
      clients.closeAnswered();
    });
  } catch (error) {
    page?.close();
    throw error;
  }
  const { address } = listening.listener;
  if (typeof address !== 'string') {
    hosts.add(address.family === 'IPv6' ? `[${address.address}]` : address.address);
    hosts.add(resolved.host.toLowerCase());
  }
  const control = new ControlServer(server.unref(), listening, {
    closing,
    leave: () => {
      pool.off('closed', onClosed);
      page?.close();
      cuts.close();
    },
  });
  const onClosed = (): void => void control.close();
  pool.once('closed', onClosed);
  if ((pool.state as string) === 'closed') await control.close();
  return control;
}

/** What a control server listens on. */
interface Listening {
  readonly listener: ControlListener;
  /** Removes the socket's file. */
  readonly remove: () => Promise<void>;
}

async function listen(
  pool: ControllablePool,
  server: Server,
  { place, host, name, page }: ResolvedControlOptions,
  onHandOver: () => void,
): Promise<Listening> {
  if ('port' in place) {
    const { port } = place;
    const which = page === undefined ? 'control' : 'page';
    const listener = await (pool.listenBeside?.(server, {
      host,
      port,
      name: port === 0 ? `${which} ${name}` : `${host}:${port}`,
      onHandOver,
    }) ?? listenAlone(server, { host, port }));
    return { listener, remove: async () => undefined };
  }
  const bind = async (): Promise<{ readonly socket: BoundSocket; readonly path: string }> => {
    const folder = dirname(place.path);
    if (place.own) await makePrivateDirectory(folder);
    else await mkdir(folder, { recursive: true, mode: 0o700 });
    return { socket: await bindPrivately(place.path), path: place.path };
  };
  const listener = await (pool.listenBeside?.(server, {
    bind,
    name: place.own ? `control ${name}` : place.path,
    onHandOver,
  }) ?? listenAlone(server, bind));
  return { listener, remove: await removerOf(String(listener.address)) };
}

/** A pool that is never upgraded hands nothing over. */
async function listenAlone(
  server: Server,
  place:
    | { readonly host: string; readonly port: number }
    | (() => Promise<{ readonly socket: BoundSocket; readonly path: string }>),
): Promise<ControlListener> {
  const bound = typeof place === 'function' ? await place() : undefined;
  server.listen(bound === undefined ? place : { handle: bound.socket });
  await once(server, 'listening');
  return {
    address: bound?.path ?? (server.address() as AddressInfo),
    get open() {
      return server.listening;
    },
    close: () => {
      const { listening } = server;
      server.close();
      return listening;
    },
  };
}
