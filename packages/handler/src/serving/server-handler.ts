import { Server, type Socket } from 'node:net';
import type {
  ConnectionContext,
  ConnectionHandler,
  WorkerContext,
} from '../contract/connection-handler.ts';
import {
  describeValue,
  requireDurationMs,
  requireFunction,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import { type HostedServerTraits, ServerHosting } from './server-hosting.ts';

/** How {@link serverHandler} hosts a server. */
export interface ServerHandlerOptions {
  /**
   * Called once when the worker leaves and no further request can come: every HTTP
   * connection is busy with its last reply or has ended, at the latest when idle ones are
   * ended. For what only the application can end: WebSockets
   * (`for (const client of wss.clients) client.close(1012)`), event streams, connections of a
   * `net` or `tls` server; and for what it has open itself: `() => app.close()`. The worker
   * waits for its promise within the grace period. What it throws or rejects with is logged as
   * an error.
   * @default undefined
   */
  readonly onDraining?: () => void | Promise<void>;
  /**
   * How long an HTTP/1 connection is kept for its next request when the pool closes, in
   * milliseconds since its last reply. That request's reply then says `Connection: close`,
   * so that a client who thinks for less never finds its connection closed under a request;
   * it is also the longest that idle connections delay a close. A connection that never had a
   * request is kept for a second since it was opened, if that is less. Restarts don't need it.
   * @default 3_000
   */
  readonly idleGraceMs?: number;
}

const SERVER_HANDLER_DEFAULTS = Object.freeze({
  onDraining: undefined,
  idleGraceMs: 3_000,
} satisfies Record<keyof ServerHandlerOptions, unknown>);

/** What `net.createServer()` was told and its server's constructor noted, beyond its type. */
interface ServerSettings {
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
}

/**
 * Hosts a `net`, `tls`, `http`, `https` or `http2` server, unmodified, and so Fastify,
 * Express or `ws`. The server never listens: it gets each of the worker's connections by
 * its `connection` event. Node's `headersTimeout` and `requestTimeout` work as ever. Where the
 * pool's option `tls` terminates TLS, the server is one without: `http.createServer()`.
 *
 * When the worker leaves, the connections of HTTP servers end without a reset:
 *
 * - HTTP/1: requests that were received are answered, pipelined ones too, and the last
 *   reply says `Connection: close`. In a restart (also when the pool shrinks or recycles a
 *   worker) a connection without a request waits for its next one until the last quarter of
 *   the grace period, 2.5 s at most, is left. In a close it waits for `idleGraceMs`.
 * - HTTP/2: the session says GOAWAY together with its next stream, or when an HTTP/1
 *   connection would be ended, and its open streams finish. A stream that crosses the GOAWAY is
 *   not served, which its last stream id tells the client, who may try again.
 * - Upgraded connections (WebSocket, CONNECT) and those of `net` and `tls` servers are the
 *   application's to end: see `onDraining`.
 *
 * What has not ended by then is cut at the end of the pool's grace period. Meanwhile the
 * server's own `close()` ends no connection, and calls back after the last one.
 *
 * @param server the server, on which `listen()` has not been called
 * @param options what to do when the worker leaves
 * @returns the handler, to be the default export of a handler module
 * @throws {TypeError} when `server` is no `net.Server`, or an option is unknown or of the
 *   wrong kind
 * @throws {RangeError} when `idleGraceMs` is out of bounds
 * @example
 * const app = fastify();
 * app.get('/', () => ({ hello: 'world' }));
 * await app.ready();
 * export default serverHandler(app.server);
 */
export function serverHandler(
  server: Server,
  options: ServerHandlerOptions = {},
): ConnectionHandler {
  requireServer(server);
  requireObject('Server handler options', options, '{ idleGraceMs: 1_000 }');
  requireKnownOptions(options, SERVER_HANDLER_DEFAULTS, { of: 'serverHandler()' });
  const { onDraining } = options;
  if (onDraining !== undefined) requireFunction('onDraining', onDraining);
  const idleGraceMs = requireDurationMs(
    'idleGraceMs',
    options.idleGraceMs ?? SERVER_HANDLER_DEFAULTS.idleGraceMs,
  );
  const protocols = protocolsOf(server);
  const { allowHalfOpen = false, pauseOnConnect = false }: Server & ServerSettings = server;
  const hosting = new ServerHosting(server, protocols, idleGraceMs, onDraining);

  const handler = (connection: Socket, { worker }: ConnectionContext): void => {
    if (protocols.tls) requireNoTls(connection);
    // A handler that is called by another one has not been started.
    hosting.watch(worker);
    if (allowHalfOpen) connection.allowHalfOpen = true;
    if (pauseOnConnect) connection.pause();
    hosting.serve(connection);
  };
  return Object.assign(handler, {
    start: (worker: WorkerContext) => hosting.watch(worker),
    activities: () => hosting.activities(),
  });
}

function requireServer(server: unknown): asserts server is Server {
  if (server instanceof Server) return;
  const inner: unknown =
    typeof server === 'object' && server !== null && Reflect.get(server, 'server');
  let got = describeValue(server);
  if (typeof server === 'function') {
    got = `the function '${server.name}'; if it is an application, wrap it: http.createServer(app)`;
  } else if (inner instanceof Server) {
    got += ', whose property server is one; when the application is ready, give that';
  }
  throw new TypeError(
    `Cannot host a server: it must be a net, tls, http, https or http2 server, got ${got}`,
  );
}

/** Without it, clients would have to shake hands twice, and none does. */
function requireNoTls(connection: Socket): void {
  if (!('encrypted' in connection)) return;
  throw new TypeError(
    'Cannot serve a connection whose TLS the pool has terminated: the hosted server expects TLS; ' +
      'host one made by http.createServer(), or give the pool no option tls',
  );
}

/** Finds out what a server speaks, and starts what Node starts only when it listens. */
function protocolsOf(server: Server): HostedServerTraits {
  // Each is loaded only for a server that may be of it: TLS alone costs a start 20 ms of CPU time.
  if (Object.getPrototypeOf(server) === Server.prototype) {
    return { tls: false, http1: false, http: false };
  }
  const http = process.getBuiltinModule('node:http');
  // A server that speaks HTTP/1 listens to its own 'listening' event, and then starts to
  // check for requests that take too long. Only Node's listener is called: those of the
  // application expect an address.
  const own = http.createServer().listeners('listening');
  const onListening = server.listeners('listening').filter((listener) => own.includes(listener));
  for (const listener of onListening) Reflect.apply(listener, server, []);
  if (server instanceof http.Server) return { tls: false, http1: true, http: true };
  const http1 =
    onListening.length > 0 || server instanceof process.getBuiltinModule('node:https').Server;
  return {
    tls: server instanceof process.getBuiltinModule('node:tls').Server,
    http1,
    // Node exports no class for HTTP/2 servers.
    http: http1 || 'updateSettings' in server,
  };
}
