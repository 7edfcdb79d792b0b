import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import {
  DurationHistogram,
  type HistogramCounts,
  REQUEST_BOUNDARIES,
} from '../families/duration-histogram.ts';

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

/** As `@sockpool/handler` knows it, which reads the clock no second time then. */
const TIMES = Symbol.for('@sockpool/request-times');
const REQUEST = Symbol('the request of a stream, and when it came');

/** A request that has no whole reply yet. */
interface OpenRequest {
  method: string | undefined;
  startedAtMs: number;
}

/**
 * The open requests of a socket, of which this is the oldest. Node finishes replies in the order of
 * their requests, so nothing but their number tells whose reply is whole.
 */
interface OpenRequests extends OpenRequest {
  count: number;
  /** When the last reply was whole. */
  finishedAtMs: number;
  /** Those that came before the oldest had its reply, in their order. */
  pipelined: OpenRequest[] | undefined;
}

/** What is noted at a socket of HTTP/1. */
interface NotedSocket extends Socket {
  [TIMES]?: OpenRequests;
  readonly encrypted?: boolean;
}

/** What is noted at a stream of HTTP/2. */
interface NotedStream extends ServerHttp2Stream {
  [REQUEST]?: Readonly<OpenRequest>;
}

interface RequestMessage {
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
    ['http.server.request.start', (message) => this.#onRequest(message as RequestMessage)],
    ['http.server.response.finish', (message) => this.#onResponse(message as RequestMessage)],
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

  #onRequest({ request: { method }, socket }: RequestMessage): void {
    const startedAtMs = performance.now();
    this.#active += 1;
    const open = socket[TIMES];
    if (open === undefined) {
      socket[TIMES] = {
        method,
        startedAtMs,
        finishedAtMs: -Infinity,
        count: 1,
        pipelined: undefined,
      };
      socket.on('close', () => this.#onSocketClose(socket));
    } else if (open.count === 0) {
      open.count = 1;
      open.method = method;
      open.startedAtMs = startedAtMs;
    } else {
      open.count += 1;
      open.pipelined ??= [];
      open.pipelined.push({ method, startedAtMs });
    }
  }

  #onResponse({ response, socket }: RequestMessage): void {
    const open = socket[TIMES];
    // One that came before all this began is not known; one whose socket has closed is counted.
    if (open === undefined || open.count === 0) return;
    const side = socket.encrypted === true ? 1 : 0;
    open.finishedAtMs = performance.now();
    this.#count(side, open.method, response.statusCode, open.finishedAtMs - open.startedAtMs);
    takeOldest(open);
  }

  #onSocketClose(socket: NotedSocket): void {
    const open = socket[TIMES];
    if (open === undefined) return;
    const side = socket.encrypted === true ? 1 : 0;
    const nowMs = performance.now();
    for (; open.count > 0; takeOldest(open)) {
      this.#count(side, open.method, 0, nowMs - open.startedAtMs);
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
    const status = stream.rstCode === 0 ? Number(stream.sentHeaders?.[':status'] ?? 0) : 0;
    const side = stream.session?.encrypted === true ? 3 : 2;
    this.#count(side, request.method, status, performance.now() - request.startedAtMs);
  }

  #count(sideIndex: number, method: string | undefined, status: number, tookMs: number): void {
    const side = this.#sides[sideIndex];
    if (side === undefined) return;
    this.#active -= 1;
    // Most requests are as the one before.
    if (side.last === undefined || side.lastMethod !== method || side.lastStatus !== status) {
      side.last = histogramOf(side, method, status);
      side.lastMethod = method;
      side.lastStatus = status;
    }
    side.last.observe(tookMs / 1_000);
  }
}

/** The oldest request has its reply: the next one is the oldest. */
function takeOldest(open: OpenRequests): void {
  open.count -= 1;
  if (open.count === 0) return;
  const next = open.pipelined?.shift();
  if (next === undefined) return;
  open.method = next.method;
  open.startedAtMs = next.startedAtMs;
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
