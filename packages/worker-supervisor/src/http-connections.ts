import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a connection that has sent no request yet may still send its first one, in milliseconds. */
const FIRST_REQUEST_MS = 1_000;
/**
 * How long a connection must have been idle to be ended unannounced, in milliseconds. One
 * that was busy a moment ago probably has its next request on the way.
 */
const QUIET_MS = 500;
/** How long a client may take to end its side after the server has, in milliseconds. */
const LINGER_MS = 2_000;

/** One HTTP/1 connection, and the responses it waits for, in order. */
interface HttpConnection {
  readonly responses: Set<ServerResponse>;
  /** When the last response was done, in milliseconds; undefined before the first request. */
  lastDoneAtMs: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Ends a server's HTTP/1 connections without a reset.
 *
 * The end is a lingering one (RFC 9112, section 9.6): first the server's side, then,
 * when the client has ended its own, the whole. To close at once with a request on
 * its way would be a reset.
 */
export class HttpConnections {
  readonly #connections = new Map<Duplex, HttpConnection>();
  #draining = false;

  /** @param server an `http` or `https` server, or an `http2` one that allows HTTP/1 */
  constructor(server: net.Server) {
    const secure = 'setSecureContext' in server;
    server.on(secure ? 'secureConnection' : 'connection', (socket: Duplex) => {
      if (!('alpnProtocol' in socket) || socket.alpnProtocol !== 'h2') this.#add(socket);
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.httpVersionMajor === 1) this.#onRequest(request.socket, response);
    });
    // A listener changes what Node does with such requests, so only where there is one already.
    for (const event of ['upgrade', 'connect']) {
      if (server.listenerCount(event) === 0) continue;
      server.prependListener(event, (_: IncomingMessage, socket: Duplex) =>
        this.#connections.delete(socket),
      );
    }
  }

  /** Begins to end the connections. Idempotent. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const connection of this.#connections.values()) this.#closeAfterLast(connection);
    for (const [socket, connection] of this.#connections) this.#endWhenQuiet(socket, connection);
  }

  #add(socket: Duplex): void {
    const connection: HttpConnection = {
      responses: new Set(),
      lastDoneAtMs: undefined,
      timer: undefined,
    };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      clearTimeout(connection.timer);
      this.#connections.delete(socket);
    });
    if (this.#draining) this.#endWhenQuiet(socket, connection);
  }

  #onRequest(socket: Duplex, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.responses.add(response);
    if (this.#draining) this.#closeAfterLast(connection);
    response.once('close', () => {
      connection.responses.delete(response);
      connection.lastDoneAtMs = performance.now();
      if (this.#draining) this.#endWhenQuiet(socket, connection);
    });
  }

  /** Announces the end with the last response, so that pipelined ones before it still go out. */
  #closeAfterLast({ responses }: HttpConnection): void {
    const unsent = [...responses].filter((response) => !response.headersSent);
    const last = unsent.pop();
    for (const response of unsent) response.removeHeader('connection');
    last?.setHeader('connection', 'close');
  }

  #endWhenQuiet(socket: Duplex, connection: HttpConnection): void {
    clearTimeout(connection.timer);
    if (connection.responses.size > 0) return;
    const { lastDoneAtMs } = connection;
    const waitMs =
      lastDoneAtMs === undefined
        ? FIRST_REQUEST_MS
        : Math.max(0, lastDoneAtMs + QUIET_MS - performance.now());
    connection.timer = setTimeout(() => {
      if (connection.responses.size > 0) return;
      socket.end();
      connection.timer = setTimeout(() => socket.destroy(), LINGER_MS);
    }, waitMs);
  }
}
