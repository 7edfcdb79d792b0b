import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Http1Connection } from './http1-connection.ts';
import { Http2Session } from './http2-session.ts';
import { destroyAfterEnd } from './lingering-close.ts';
import { listenAlong } from './listen-along.ts';
import { afterQuietTime } from './quiet-time.ts';

/** What a server that is to be drained speaks. */
export interface HttpServerTraits {
  /** Whether connections begin with a TLS handshake. */
  readonly tls: boolean;
  readonly http1: boolean;
  /** How long a connection without a request is kept for its next one, in milliseconds. */
  readonly idleGraceMs: number;
}

/** Something that is told once that the worker goes away. */
interface Drainable {
  drain(idleGraceMs: number): void;
}

/**
 * Ends the connections of an HTTP server when its worker goes away: what is idle closes,
 * what is under way finishes, nothing is reset.
 */
export class HttpDraining {
  readonly #traits: HttpServerTraits;
  readonly #http1 = new Map<Socket, Http1Connection>();
  readonly #open = new Set<Drainable>();
  #draining = false;

  /**
   * @param server the application's server, which is only listened to
   * @param traits what it speaks
   */
  constructor(server: Server, traits: HttpServerTraits) {
    this.#traits = traits;
    if (traits.tls) {
      server.on('secureConnection', (socket: TLSSocket) => {
        if (socket.alpnProtocol === 'h2') this.#addHttp2Socket(socket);
        else if (traits.http1) this.#addHttp1(socket);
      });
    }
    server.on('session', (session: ServerHttp2Session) => {
      const drainable = this.#add(new Http2Session(session));
      session.once('close', () => this.#open.delete(drainable));
    });
    if (traits.http1) this.#followRequests(server);
  }

  /** Takes a connection, before the server gets it. */
  connection(connection: Socket): void {
    if (this.#traits.tls) this.#addHandshake(connection);
    else if (!this.#traits.http1) this.#addHttp2Socket(connection);
  }

  /** Takes the same connection, when the server has it. */
  accepted(connection: Socket): void {
    if (!this.#traits.tls && this.#traits.http1) this.#addHttp1(connection);
  }

  /** Begins to end every connection, and those still to come. Idempotent. */
  drain(): void {
    this.#draining = true;
    for (const drainable of this.#open) drainable.drain(this.#traits.idleGraceMs);
  }

  #followRequests(server: EventEmitter): void {
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      listenAlong(server, event, (request: IncomingMessage, response: ServerResponse) => {
        if (request.httpVersionMajor === 1) {
          this.#http1.get(request.socket)?.request(request, response);
        }
      });
    }
    for (const event of ['upgrade', 'connect']) {
      listenAlong(server, event, ({ socket }: IncomingMessage) => {
        const connection = this.#http1.get(socket);
        if (connection === undefined) return;
        connection.upgrade();
        this.#http1.delete(socket);
        this.#open.delete(connection);
      });
    }
  }

  #add<Kind extends Drainable>(drainable: Kind, socket?: Socket): Kind {
    this.#open.add(drainable);
    socket?.once('close', () => this.#open.delete(drainable));
    if (this.#draining) drainable.drain(this.#traits.idleGraceMs);
    return drainable;
  }

  #addHttp1(socket: Socket): void {
    if (socket.destroyed) return;
    this.#http1.set(socket, this.#add(new Http1Connection(socket), socket));
    socket.once('close', () => this.#http1.delete(socket));
  }

  /** The session closes itself; this bounds the wait for the client's end. */
  #addHttp2Socket(socket: Socket): void {
    this.#add({ drain: () => void destroyAfterEnd(socket) }, socket);
  }

  /** Ends connections on which not even a TLS handshake has begun. */
  #addHandshake(connection: Socket): void {
    const sinceMs = performance.now();
    this.#add(
      {
        drain: (idleGraceMs) => {
          destroyAfterEnd(connection);
          if (connection.bytesRead > 0) return;
          afterQuietTime(sinceMs + idleGraceMs - performance.now(), () => {
            if (connection.bytesRead === 0) connection.end();
          });
        },
      },
      connection,
    );
  }
}
