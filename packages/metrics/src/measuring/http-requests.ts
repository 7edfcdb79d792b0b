import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import {
  DurationHistogram,
  type HistogramCounts,
  REQUEST_BOUNDARIES,
} from './duration-histogram.ts';

/** The methods that are told apart; others are `_OTHER`, since clients may send any. */
const METHODS: ReadonlySet<string | undefined> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/** The requests of one kind, and how long they took. */
export interface RequestCounts {
  readonly method: string;
  /** The status of the reply; 0 for one that ended before its reply did. */
  readonly status: number;
  /** Of HTTP. */
  readonly version: '1.1' | '2';
  readonly scheme: 'http' | 'https';
  /** From the request's headers to the end of the reply, by {@link REQUEST_BOUNDARIES}. */
  readonly duration: HistogramCounts;
}

const OPEN = Symbol('requests of a socket that have no reply yet');
const REQUEST = Symbol('the request of a stream, and when it came');

/** The open requests of a socket: one as a rule, so that no map is needed. */
interface OpenRequests {
  response: ServerResponse | undefined;
  startedAtMs: number;
  /** Those that came before the first one had its reply, and when. */
  pipelined: Map<ServerResponse, number> | undefined;
}

/** What is noted at a socket of HTTP/1. */
interface NotedSocket extends Socket {
  [OPEN]?: OpenRequests;
  readonly encrypted?: boolean;
}

/** What is noted at a stream of HTTP/2. */
interface NotedStream extends ServerHttp2Stream {
  [REQUEST]?: { readonly method: string | undefined; readonly startedAtMs: number };
}

interface ResponseMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: NotedSocket;
}

interface StreamMessage {
  readonly stream: NotedStream;
  readonly headers: IncomingHttpHeaders;
}

/** Histograms by status, of one method. */
type ByStatus = Map<number, DurationHistogram>;

/** The requests of one version of HTTP, with TLS or without, by method. */
interface Side {
  readonly version: '1.1' | '2';
  readonly scheme: 'http' | 'https';
  readonly methods: Map<string, ByStatus>;
  /** Where the last request was counted, and what it was. */
  last: DurationHistogram | undefined;
  lastMethod: string | undefined;
  lastStatus: number;
}

/**
 * Counts every HTTP request of this worker and how long it took, by what Node itself tells on its
 * diagnostics channels: the program does nothing for it. Upgrades, such as to WebSocket, are no
 * requests of it.
 */
export class HttpRequests {
  readonly #sides: readonly Side[] = (['1.1', '2'] as const).flatMap((version) =>
    (['http', 'https'] as const).map((scheme) => ({
      version,
      scheme,
      methods: new Map(),
      last: undefined,
      lastMethod: undefined,
      lastStatus: 0,
    })),
  );
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[] = [
    ['http.server.request.start', (message) => this.#onRequest(message as ResponseMessage)],
    ['http.server.response.finish', (message) => this.#onResponse(message as ResponseMessage)],
    ['http2.server.stream.start', (message) => this.#onStream(message as StreamMessage)],
    ['http2.server.stream.close', (message) => this.#onStreamClose(message as StreamMessage)],
  ];
  #active = 0;

  /** Requests that have no whole reply yet. */
  get active(): number {
    return this.#active;
  }

  /** Counts from now on. */
  start(): void {
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
  }

  /** Counts no more. */
  stop(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }

  /** What it has counted. */
  read(): RequestCounts[] {
    return this.#sides.flatMap(({ version, scheme, methods }) =>
      Array.from(methods).flatMap(([method, byStatus]) =>
        Array.from(byStatus, ([status, histogram]) => ({
          method,
          status,
          version,
          scheme,
          duration: histogram.read(),
        })),
      ),
    );
  }

  #onRequest({ response, socket }: ResponseMessage): void {
    this.#active += 1;
    const startedAtMs = performance.now();
    const open = socket[OPEN];
    if (open === undefined) {
      socket[OPEN] = { response, startedAtMs, pipelined: undefined };
      socket.on('close', () => this.#onSocketClose(socket));
    } else if (open.response === undefined) {
      open.response = response;
      open.startedAtMs = startedAtMs;
    } else {
      open.pipelined ??= new Map();
      open.pipelined.set(response, startedAtMs);
    }
  }

  #onResponse({ request, response, socket }: ResponseMessage): void {
    const open = socket[OPEN];
    // One that came before all this began is not known.
    if (open === undefined) return;
    let startedAtMs: number | undefined;
    if (open.response === response) {
      startedAtMs = open.startedAtMs;
      open.response = undefined;
    } else {
      startedAtMs = open.pipelined?.get(response);
      if (startedAtMs === undefined) return;
      open.pipelined?.delete(response);
    }
    this.#active -= 1;
    const side = socket.encrypted === true ? 1 : 0;
    this.#count(side, request.method, response.statusCode, startedAtMs);
  }

  #onSocketClose(socket: NotedSocket): void {
    const side = socket.encrypted === true ? 1 : 0;
    const { response, startedAtMs, pipelined } = socket[OPEN] ?? {};
    delete socket[OPEN];
    const open = new Map(pipelined);
    if (response !== undefined && startedAtMs !== undefined) open.set(response, startedAtMs);
    for (const [{ req }, since] of open) {
      this.#active -= 1;
      this.#count(side, req.method, 0, since);
    }
  }

  #onStream({ stream, headers }: StreamMessage): void {
    // The server's own pushes have even numbers.
    if ((stream.id ?? 0) % 2 === 0) return;
    this.#active += 1;
    stream[REQUEST] = { method: headers[':method'], startedAtMs: performance.now() };
  }

  #onStreamClose({ stream }: StreamMessage): void {
    const request = stream[REQUEST];
    if (request === undefined) return;
    this.#active -= 1;
    const status = stream.rstCode === 0 ? Number(stream.sentHeaders?.[':status'] ?? 0) : 0;
    const side = stream.session?.encrypted === true ? 3 : 2;
    this.#count(side, request.method, status, request.startedAtMs);
  }

  #count(sideIndex: number, method: string | undefined, status: number, startedAtMs: number): void {
    const side = this.#sides[sideIndex];
    if (side === undefined) return;
    // Most requests are as the one before.
    if (side.last === undefined || side.lastMethod !== method || side.lastStatus !== status) {
      side.last = histogramOf(side, method, status);
      side.lastMethod = method;
      side.lastStatus = status;
    }
    side.last.observe((performance.now() - startedAtMs) / 1_000);
  }
}

function histogramOf(
  { methods }: Side,
  method: string | undefined,
  status: number,
): DurationHistogram {
  const name = method !== undefined && METHODS.has(method) ? method : '_OTHER';
  let byStatus = methods.get(name);
  if (byStatus === undefined) {
    byStatus = new Map();
    methods.set(name, byStatus);
  }
  const code = status >= 100 && status < 600 ? status : 0;
  let histogram = byStatus.get(code);
  if (histogram === undefined) {
    histogram = new DurationHistogram(REQUEST_BOUNDARIES);
    byStatus.set(code, histogram);
  }
  return histogram;
}
