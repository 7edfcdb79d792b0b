import { Server, type Socket } from 'node:net';
import type { ConnectionContext, ConnectionHandler } from './connection-handler.ts';
import { HttpDraining } from './http-draining.ts';
import {
  describe,
  requireDurationMs,
  requireKnownOptions,
  requireObject,
} from './option-validation.ts';

/** How {@link serverHandler} hosts a server. */
export interface ServerHandlerOptions {
  /**
   * Called once when the worker goes away, for what only the application can end:
   * WebSockets (`for (const client of wss.clients) client.close(1001)`), event streams,
   * connections of a `net` or `tls` server. A worker that never had a connection does
   * not call it. What it throws or rejects with is logged as an error.
   * @default undefined
   */
  readonly onDraining?: () => void | Promise<void>;
  /**
   * How long an HTTP connection is kept for its next request when the worker goes away,
   * in milliseconds since its last reply, or since it was opened. That request's reply
   * then says `Connection: close`; so a client in full swing never finds its connection
   * closed under a request. Connections idle for longer are closed at once.
   * @default 250
   */
  readonly idleGraceMs?: number;
}

const SERVER_HANDLER_DEFAULTS = Object.freeze({
  onDraining: undefined,
  idleGraceMs: 250,
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
 * When the worker goes away, the connections of HTTP servers end without a reset:
 *
 * - HTTP/1: requests that were received are answered, pipelined ones too, and the last
 *   reply says `Connection: close`. Connections without a request are closed after
 *   `idleGraceMs`.
 * - HTTP/2: the session says GOAWAY, and its open streams finish. A stream that crosses
 *   the GOAWAY is refused by `REFUSED_STREAM`, which tells the client to try again.
 * - Upgraded connections (WebSocket, CONNECT) and those of `net` and `tls` servers are the
 *   application's to end: see `onDraining`.
 *
 * What has not ended by then is cut at the end of the pool's grace period.
 *
 * @param server the server, on which `listen()` has not been called
 * @param options what to do when the worker goes away
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
  if (onDraining !== undefined && typeof onDraining !== 'function') {
    throw new TypeError(`Option onDraining must be a function, got ${describe(onDraining)}`);
  }
  const idleGraceMs = requireDurationMs(
    'idleGraceMs',
    options.idleGraceMs ?? SERVER_HANDLER_DEFAULTS.idleGraceMs,
  );
  const protocols = protocolsOf(server);
  const draining = new HttpDraining(server, { ...protocols, idleGraceMs });
  const { allowHalfOpen = false, pauseOnConnect = false }: Server & ServerSettings = server;
  let watched = false;

  const watch = ({ signal, logger }: ConnectionContext): void => {
    watched = true;
    const leave = (): void => {
      draining.drain();
      sayGoodbye(onDraining).catch((error: unknown) => {
        logger.error(`onDraining failed: ${error instanceof Error ? error.stack : String(error)}`);
      });
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  };

  return (connection: Socket, context: ConnectionContext): void => {
    if (protocols.tls) requireNoTls(connection);
    if (!watched) watch(context);
    if (allowHalfOpen) connection.allowHalfOpen = true;
    if (pauseOnConnect) connection.pause();
    draining.connection(connection);
    server.emit('connection', connection);
    draining.accepted(connection);
  };
}

/** Makes one promise of what the application throws and of what it rejects with. */
async function sayGoodbye(onDraining: ServerHandlerOptions['onDraining']): Promise<void> {
  await onDraining?.();
}

function requireServer(server: unknown): asserts server is Server {
  if (server instanceof Server) return;
  const inner: unknown =
    typeof server === 'object' && server !== null && Reflect.get(server, 'server');
  let got = describe(server);
  if (typeof server === 'function') {
    got = `the function '${server.name}'; if it is an application, wrap it: http.createServer(app)`;
  } else if (inner instanceof Server) {
    got += ', whose property server is one; when the application is ready, give that';
  }
  throw new TypeError(`serverHandler needs a net, tls, http, https or http2 server, got ${got}`);
}

/** Without it, clients would have to shake hands twice, and none does. */
function requireNoTls(connection: Socket): void {
  if (!('encrypted' in connection)) return;
  throw new TypeError(
    "serverHandler got a connection whose TLS the pool's option tls has terminated, for a server " +
      'that expects TLS: host one made by http.createServer(), or give the pool no option tls',
  );
}

/** Finds out what a server speaks, and starts what Node starts only when it listens. */
function protocolsOf(server: Server): { readonly tls: boolean; readonly http1: boolean } {
  // Loaded when they are needed: modules that serve raw connections start faster without.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const tls = process.getBuiltinModule('node:tls');
  // A server that speaks HTTP/1 listens to its own 'listening' event, and then starts to
  // check for requests that take too long. Only Node's listener is called: those of the
  // application expect an address.
  const own = http.createServer().listeners('listening');
  const onListening = server.listeners('listening').filter((listener) => own.includes(listener));
  for (const listener of onListening) Reflect.apply(listener, server, []);
  return {
    tls: server instanceof tls.Server,
    http1:
      onListening.length > 0 || server instanceof http.Server || server instanceof https.Server,
  };
}
