import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ActivityOf, ConnectionActivity } from '../contract/connection-activity.ts';
import type { DrainTerms } from './drain-terms.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Session } from './http2-session.ts';
import { destroyAfterEnd } from './lingering-close.ts';
import { listenAlong } from './listen-along.ts';
import { SlotSet, type Slotted } from './slot-set.ts';
import { endWhenSilent } from './silent-connection.ts';

/** What a server that is to be drained speaks. */
export interface HttpServerTraits {
  /** Whether connections begin with a TLS handshake. */
  readonly tls: boolean;
  readonly http1: boolean;
}

/** Something that is told that the worker leaves. */
interface Drainable extends Slotted {
  /** Whether a request may still come by it that will be answered. */
  readonly awaitsRequest: boolean;
  drain(terms: DrainTerms): void;
  /** What it does, and of which client, where it is a connection with requests. */
  readonly activity?: ConnectionActivity;
  readonly socket?: Pick<Socket, 'remoteAddress' | 'remotePort'>;
}

/** A socket with what servers have noted on it. */
type Http1Sockets = Record<symbol, Http1Connection | undefined>;

/**
 * Ends the connections of an HTTP server when its worker leaves: what is idle is told to
 * go elsewhere by its next reply or closes, what is under way finishes, nothing is reset.
 */
export class HttpDraining {
  readonly #traits: HttpServerTraits;
  /** Where a socket has its connection. A map would take more time and memory, see {@link SlotSet}. */
  readonly #http1 = Symbol('sockpool.http1');
  readonly #open = new SlotSet<Drainable>();
  readonly #onChange: () => void;
  #terms: DrainTerms | undefined;
  /** One that was found to await a request: looking there first saves looking at all of them. */
  #awaiting: Drainable | undefined;

  /**
   * @param server the application's server, which is only listened to
   * @param traits what it speaks
   * @param onChange called when {@link awaitsRequests} may have changed, while it drains
   */
  constructor(server: Server, traits: HttpServerTraits, onChange: () => void) {
    this.#traits = traits;
    this.#onChange = onChange;
    if (traits.tls) {
      server.on('secureConnection', (socket: TLSSocket) => {
        if (socket.alpnProtocol === 'h2') this.#addHttp2Socket(socket);
        else if (traits.http1) this.#addHttp1(socket);
      });
    }
    server.on('session', (session: ServerHttp2Session) => {
      const drainable = this.#add(new Http2Session(session, onChange));
      session.once('close', () => this.#delete(drainable));
    });
    if (traits.http1) this.#followRequests(server);
  }

  /** Whether a connection is open by which a request may still come that will be answered. */
  get awaitsRequests(): boolean {
    if (this.#awaiting?.awaitsRequest !== true) {
      this.#awaiting = this.#findAwaiting();
    }
    return this.#awaiting !== undefined;
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

  /** Begins to end every connection, and those still to come. Later terms replace earlier ones. */
  drain(terms: DrainTerms): void {
    this.#terms = terms;
    for (const drainable of this.#open) drainable.drain(terms);
  }

  /** Looks at what every connection does at this moment. */
  activities(): ActivityOf {
    const found = new Map<unknown, ConnectionActivity>();
    for (const { socket, activity } of this.#open) {
      if (socket === undefined || activity === undefined) continue;
      found.set(socket, activity);
      // One whose TLS the server terminates is known by its client.
      if (socket.remotePort !== undefined) found.set(clientOf(socket), activity);
    }
    return (connection) => found.get(connection) ?? found.get(clientOf(connection));
  }

  #findAwaiting(): Drainable | undefined {
    for (const drainable of this.#open) if (drainable.awaitsRequest) return drainable;
    return undefined;
  }

  #followRequests(server: EventEmitter): void {
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      listenAlong(server, event, (request: IncomingMessage, response: ServerResponse) => {
        if (request.httpVersionMajor === 1) {
          this.#http1Of(request.socket)?.request(request, response);
        }
      });
    }
    for (const event of ['upgrade', 'connect']) {
      listenAlong(server, event, ({ socket }: IncomingMessage) => {
        const connection = this.#http1Of(socket);
        if (connection === undefined) return;
        connection.upgrade();
        this.#setHttp1Of(socket, undefined);
        this.#delete(connection);
      });
    }
  }

  #http1Of(socket: Socket): Http1Connection | undefined {
    return (socket as unknown as Http1Sockets)[this.#http1];
  }

  #setHttp1Of(socket: Socket, connection: Http1Connection | undefined): void {
    (socket as unknown as Http1Sockets)[this.#http1] = connection;
  }

  #add<Kind extends Drainable>(drainable: Kind, socket?: Socket): Kind {
    this.#open.add(drainable);
    socket?.once('close', () => this.#delete(drainable));
    if (this.#terms !== undefined) drainable.drain(this.#terms);
    return drainable;
  }

  #delete(drainable: Drainable): void {
    this.#open.delete(drainable);
    if (this.#awaiting === drainable) this.#awaiting = undefined;
    if (this.#terms !== undefined) this.#onChange();
  }

  #addHttp1(socket: Socket): void {
    if (socket.destroyed) return;
    const connection = this.#add(new Http1Connection(socket, this.#onChange));
    this.#setHttp1Of(socket, connection);
    // One listener for all: Node warns of the eleventh, and others have theirs.
    socket.once('close', () => {
      this.#setHttp1Of(socket, undefined);
      connection.gone();
      this.#delete(connection);
    });
  }

  /** The session closes itself; this bounds the wait for the client's end. */
  #addHttp2Socket(socket: Socket): void {
    let watched = false;
    this.#add(
      {
        slot: -1,
        awaitsRequest: false,
        drain: ({ lingerMs }) => {
          if (!watched) destroyAfterEnd(socket, lingerMs);
          watched = true;
        },
      },
      socket,
    );
  }

  /** Ends connections on which not even a TLS handshake has begun. */
  #addHandshake(connection: Socket): void {
    const silence = { sinceMs: performance.now(), bytesBefore: 0 };
    this.#add(
      {
        slot: -1,
        get awaitsRequest() {
          return connection.bytesRead === 0 && !connection.writableEnded;
        },
        drain: (terms) => endWhenSilent(connection, terms, silence),
      },
      connection,
    );
  }
}

function clientOf({
  remoteAddress,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
