import net from 'node:net';
import type { ConnectionContext, ConnectionHandler } from './connection-handler.ts';
import { HttpConnections } from './http-connections.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { describe } from './option-validation.ts';

/** What hosts a server. */
export interface ServerHandlerOptions {
  /**
   * Called once when the worker starts to go away, to say goodbye on connections that
   * only the application can end well: WebSockets, and those of `net` and `tls` servers.
   */
  readonly onDraining?: () => void;
}

/** What a server's protocol needs at the worker's end. */
interface Drainable {
  drain(): void;
}

/**
 * Hosts any `net`, `tls`, `http`, `https` or `http2` server, and so Fastify, Express,
 * ws and what else is built on them, unmodified: each connection is given to the
 * server as if it had accepted it. The server itself must not listen.
 *
 * When the worker starts to go away, HTTP connections end without a reset: busy ones
 * after their response (`Connection: close`; HTTP/2: GOAWAY), idle ones when they have
 * been idle for half a second, and one that has sent nothing yet after its first
 * request, or a second without one.
 * Connections of other protocols and upgraded ones are the application's to end.
 *
 * @param server a server that does not listen
 * @param options what the application does when the worker goes away
 * @returns the handler, to be the default export of a handler module
 * @throws {TypeError} when it gets something else than a server
 *
 * @example
 * export default serverHandler(http.createServer(app));
 */
export function serverHandler(
  server: net.Server,
  options: ServerHandlerOptions = {},
): ConnectionHandler {
  if (!(server instanceof net.Server)) {
    throw new TypeError(
      `Cannot host ${describe(server)}: serverHandler takes a net, tls, http, https or http2 server ` +
        '(of Fastify: app.server, after app.ready(); of Express: http.createServer(app))',
    );
  }
  const http2 = 'updateSettings' in server;
  const http1 = 'keepAliveTimeout' in server || http2;
  let protocols: Drainable[] | undefined;
  const drain = (): void => {
    for (const protocol of protocols ?? []) protocol.drain();
    options.onDraining?.();
  };
  const prepare = (context: ConnectionContext): Drainable[] => {
    // Node starts its timers against slow requests when a server begins to listen.
    if ('keepAliveTimeout' in server) server.emit('listening');
    if (context.signal.aborted) queueMicrotask(drain);
    else context.signal.addEventListener('abort', drain, { once: true });
    return [
      ...(http1 ? [new HttpConnections(server)] : []),
      ...(http2 ? [new Http2Sessions(server)] : []),
    ];
  };
  return (connection, context) => {
    // Only now: the application has attached its listeners, such as that for upgrades.
    protocols ??= prepare(context);
    // As Node's own HTTP servers do: a client may end its side before it has its response.
    if (http1) connection.allowHalfOpen = true;
    server.emit('connection', connection);
  };
}
