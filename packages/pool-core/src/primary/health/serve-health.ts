import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, isIP, type Server as NetServer, type Socket } from 'node:net';
import type { MetricsReply, PoolMetrics } from '@sockpool/metrics';
import { asError } from '../../errors/error-record.ts';
import { BoundedClients } from './bounded-clients.ts';
import { PoolClosedError } from '../../errors/errors.ts';
import {
  describeValue,
  requireInteger,
  requireKnownOptions,
  requireMethods,
  requireObject,
} from '@sockpool/option-checks';
import type { PoolHealth, PoolState } from './pool-health.ts';

/** Where the health of a pool is served. */
export interface HealthServerOptions {
  /**
   * The address. Anyone who reaches it sees the workers: their ids, states and process ids.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * The port; 0 takes any free one.
   * @default 0
   */
  readonly port?: number;
}

/** The defaults of {@link HealthServerOptions}. */
const HEALTH_SERVER_DEFAULTS: Readonly<Required<HealthServerOptions>> = Object.freeze({
  host: '127.0.0.1',
  port: 0,
});

/** Time for a client to ask and to read its answer, in milliseconds. */
const CLIENT_DEADLINE_MS = 5_000;
/** Clients at a time. */
const MAX_CLIENTS = 512;
/** Clients that may wait in the kernel; the system caps it. */
const BACKLOG = 65_535;

/** What is said about the health of a pool, by path. */
const CHECKS = new Map<string, (health: PoolHealth) => { readonly ok: boolean }>([
  ['/livez', ({ state, liveness }) => ({ ...liveness, state })],
  ['/readyz', ({ state, readiness }) => ({ ...readiness, state })],
  ['/healthz', (health) => ({ ok: health.liveness.ok && health.readiness.ok, ...health })],
]);

/** What is served of a pool. */
export interface ServedPool {
  readonly state: PoolState;
  health(): PoolHealth;
  metrics(): PoolMetrics;
  once(event: 'closed', listener: () => void): unknown;
  /** Of pools that can be upgraded. */
  listenBeside?(
    server: NetServer,
    options: {
      readonly host: string;
      readonly port: number;
      readonly name?: string;
      readonly onHandOver: () => void;
    },
  ): Promise<HealthListener>;
}

/** What it listens on. */
interface HealthListener {
  readonly address: AddressInfo | string;
  /** False when it is closed or handed over. */
  readonly open: boolean;
  close(): unknown;
}

/** An HTTP server that tells how a pool is. */
export class HealthServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #listener: HealthListener;

  /** Use {@link serveHealth}. */
  constructor(server: Server, listener: HealthListener) {
    this.#server = server;
    this.#listener = listener;
  }

  /** Where it listens; undefined when it is closed, or an upgrade has handed the port over. */
  get address(): AddressInfo | undefined {
    return this.#listener.open ? (this.#listener.address as AddressInfo) : undefined;
  }

  /** Closes it. It closes by itself when the pool has closed. Idempotent. */
  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#listener.close();
    // Answers are written at once; what is left has asked nothing yet.
    this.#server.closeAllConnections();
    await closed;
  }

  /** Closes it, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Serves the health of a pool over HTTP, for orchestrators and load balancers: `/livez`,
 * `/readyz`, and `/healthz` with both and every worker. 200 when all is well and 503 when
 * not, with the reasons as JSON; for GET and HEAD, never to be cached. `/metrics` has the pool's
 * `metrics()` as text for Prometheus, or OpenMetrics for those that ask for it.
 *
 * It runs in the primary, tells that the pool is not ready from the first moment of its
 * `close()`, goes on to answer while connections are drained, and closes when the pool has
 * closed. An upgrade hands its port over. On a loopback address the header `Host` must be `localhost` or an IP address, so that no web
 * page reads it by DNS rebinding. It does not keep the program running. A client has 5 s in all, and of more than 512 the
 * address with the most loses its oldest, so that probes get through whatever others do.
 *
 * @param pool the pool, which need not listen yet
 * @param options where to listen
 * @returns the server, which listens
 * @throws {TypeError | RangeError} when an option is wrong
 * @throws {PoolClosedError} when the pool is closed
 * @throws {Error} the system's error when the address cannot be taken, such as `EADDRINUSE`
 */
export async function serveHealth(
  pool: ServedPool,
  options: HealthServerOptions = {},
): Promise<HealthServer> {
  requireMethods(
    'The pool of serveHealth()',
    pool,
    ['once', 'health'],
    'a ProcessPool or a ThreadPool',
  );
  requireObject('Health server options', options, '{ port: 8081 }');
  requireKnownOptions(options, HEALTH_SERVER_DEFAULTS, { of: 'serveHealth()' });
  const host = options.host ?? HEALTH_SERVER_DEFAULTS.host;
  const port = options.port ?? HEALTH_SERVER_DEFAULTS.port;
  if (typeof host !== 'string') {
    throw new TypeError(`Option host must be a string, got ${describeValue(host)}`);
  }
  requireInteger('port', port, { min: 0, max: 65_535 });
  const requireOpen = (): void => {
    if (pool.state === 'closed') throw new PoolClosedError('serve the health of the pool');
  };
  requireOpen();
  // Loaded only when it is asked for: programs without it start faster.
  const { createServer } = await import('node:http');
  const isOwn = hostCheck(host);
  let judge = (): PoolHealth => pool.health();
  const server = createServer((request, response) => {
    if (isOwn(request.headers.host)) return answer(pool, judge, request, response);
    return refuseHost(response);
  });
  const clients = new BoundedClients(MAX_CLIENTS, CLIENT_DEADLINE_MS);
  server.on('connection', (client: Socket) => clients.add(client));
  const place = { host, port, ...(port === 0 && { name: 'health' }) };
  const listener = await (pool.listenBeside?.(server, {
    ...place,
    onHandOver: () => {
      // The port leads to a pool that serves, and nobody is to be told that it closes.
      const last = pool.health();
      judge = () => last;
    },
  }) ?? listenAlone(server, place));
  const health = new HealthServer(server.unref(), listener);
  try {
    requireOpen();
  } catch (error) {
    await health.close();
    throw error;
  }
  pool.once('closed', () => {
    // Who has connected before a hand-over has their own deadline.
    if (listener.open) void health.close();
  });
  return health;
}

/** A pool that is never upgraded hands nothing over. */
async function listenAlone(
  server: Server,
  place: { readonly host: string; readonly port: number },
): Promise<HealthListener> {
  server.listen({ ...place, backlog: BACKLOG });
  await once(server, 'listening');
  return {
    address: server.address() as AddressInfo,
    get open() {
      return server.listening;
    },
    close: () => server.close(),
  };
}

/**
 * On a loopback address only programs of this machine are to ask. A web page of elsewhere whose name
 * leads here, by DNS rebinding, asks by that name; an IP address or `localhost` is nobody's name.
 */
function hostCheck(host: string): (asked: string | undefined) => boolean {
  if (host !== 'localhost' && host !== '::1' && !host.startsWith('127.')) return () => true;
  return (asked) => {
    const name = (asked ?? '').toLowerCase().replace(/:\d{1,5}$/, '');
    const isLocal = name === '' || name === 'localhost' || name.endsWith('.localhost');
    return isLocal || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  };
}

function refuseHost(response: ServerResponse): void {
  const error =
    'The header Host must be localhost or an IP address, as this is served on a loopback address; ' +
    'send such a Host, or serve on another address';
  const text = `${JSON.stringify({ error })}\n`;
  response.writeHead(421, { 'content-type': 'application/json', connection: 'close' }).end(text);
}

function answer(
  pool: ServedPool,
  judge: () => PoolHealth,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method = '', url = '' } = request;
  const path = url.split('?', 1)[0] ?? '';
  const check = CHECKS.get(path);
  const send = (status: number, text: string, headers: Record<string, string>): void => {
    response
      .writeHead(status, {
        'content-length': Buffer.byteLength(text),
        'cache-control': 'no-store',
        connection: 'close',
        ...headers,
      })
      .end(method === 'HEAD' ? undefined : text);
  };
  const respond = (status: number, body: object, headers: Record<string, string> = {}): void =>
    send(status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json', ...headers });
  if (check === undefined && path !== '/metrics') {
    respond(404, { error: `There are ${[...CHECKS.keys(), '/metrics'].join(', ')}` });
  } else if (method !== 'GET' && method !== 'HEAD') {
    respond(405, { error: 'Only GET and HEAD are answered' }, { allow: 'GET, HEAD' });
  } else if (check !== undefined) {
    const body = check(judge());
    respond(body.ok ? 200 : 503, body);
  } else {
    scrape(pool, request.headers.accept).then(
      ({ body, contentType }) => send(200, body, { 'content-type': contentType }),
      (error: unknown) => respond(500, { error: asError(error).message }),
    );
  }
}

/** Loaded only when somebody scrapes. */
async function scrape(pool: ServedPool, accept: string | undefined): Promise<MetricsReply> {
  const { answerScrape } = await import('@sockpool/metrics');
  return answerScrape(pool, accept);
}
