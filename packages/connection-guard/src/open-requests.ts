import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

/** What a client has asked for on one connection, as far as HTTP servers tell. */
export interface OpenRequests {
  /** Whether it has sent a whole request that is not yet answered. */
  readonly awaitsReply: boolean;
  /** Whether bytes of a reply wait for it to take them. */
  readonly unread: boolean;
}

/** What is known of a connection that serves no HTTP, or waits for its next request. */
export const NO_REQUESTS: OpenRequests = Object.freeze({ awaitsReply: false, unread: false });

interface Http1Event {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** The state of an HTTP/2 stream whose client has sent all of its request (RFC 9113, 5.1). */
const HALF_CLOSED_REMOTE = 6;

/**
 * Knows the requests that are open on connections, from what Node's HTTP servers tell by
 * `node:diagnostics_channel`. Nothing is done for a connection that it was not told to watch.
 */
export class RequestWatch implements Disposable {
  /** Marks a connection. HTTP/2 shows its connections by a proxy, which passes this on. */
  readonly #mark = Symbol('sockpool.openRequests');
  readonly #channels: readonly (readonly [name: string, listener: (message: unknown) => void])[] = [
    ['http.server.request.start', (message) => this.#onRequest(message as Http1Event)],
    ['http.server.response.finish', (message) => this.#onFinish(message as Http1Event)],
    [
      'http2.server.stream.start',
      (message) => this.#onStream((message as { stream: ServerHttp2Stream }).stream),
    ],
  ];

  constructor() {
    for (const [name, listener] of this.#channels) subscribe(name, listener);
  }

  /**
   * Watches the requests that come on a connection.
   *
   * @param connection a connection, or a stream on top of one
   * @param requests those of the connection below, if there is one
   */
  watch(connection: Socket, requests: RequestSet = new RequestSet()): RequestSet {
    Object.defineProperty(connection, this.#mark, { value: requests, configurable: true });
    return requests;
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#channels) unsubscribe(name, listener);
  }

  #requestsOf(socket: Socket | undefined): RequestSet | undefined {
    return (socket as { [mark: symbol]: RequestSet | undefined } | undefined)?.[this.#mark];
  }

  #onRequest({ request, response, socket }: Http1Event): void {
    this.#requestsOf(socket)?.add(response, {
      complete: () => request.complete,
      unread: () => false, // It is the connection's own, then.
    });
  }

  #onFinish({ response, socket }: Http1Event): void {
    this.#requestsOf(socket)?.delete(response);
  }

  #onStream(stream: ServerHttp2Stream): void {
    const requests = this.#requestsOf(stream.session?.socket);
    if (requests === undefined) return;
    requests.add(stream, {
      complete: () => stream.state.state === HALF_CLOSED_REMOTE,
      unread: () => stream.writableLength > 0,
    });
    stream.once('close', () => requests.delete(stream));
  }
}

interface OpenRequest {
  readonly complete: () => boolean;
  readonly unread: () => boolean;
}

/** The requests that are open on one connection. */
export class RequestSet implements OpenRequests {
  readonly #open = new Map<object, OpenRequest>();

  get awaitsReply(): boolean {
    return [...this.#open.values()].some(({ complete }) => complete());
  }

  get unread(): boolean {
    return [...this.#open.values()].some(({ unread }) => unread());
  }

  /** Adds a request, by what stands for it. */
  add(key: object, request: OpenRequest): void {
    this.#open.set(key, request);
  }

  /** Forgets a request, which is answered. */
  delete(key: object): void {
    this.#open.delete(key);
  }
}
