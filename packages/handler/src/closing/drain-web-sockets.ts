import {
  describeValue,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import { currentWorker } from '../contract/current-worker.ts';

/** A WebSocket of a server, of the shape that `ws` gives it. */
export interface WebSocketLike {
  /** 3 when it has closed, as in the browser. */
  readonly readyState: number;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  once(event: 'close', listener: () => void): unknown;
}

/** A WebSocket server that knows its clients, such as `WebSocketServer` of `ws`. */
export interface WebSocketServerLike {
  readonly clients: Iterable<WebSocketLike>;
}

/** How {@link drainWebSockets} closes the WebSockets. */
export interface DrainWebSocketsOptions {
  /**
   * The close code: 1012 for a service that restarts, 1001 for an endpoint that goes
   * away, or a number of your own from 3000 to 4999.
   * @default 1012
   */
  readonly code?: number;
  /**
   * The reason that clients get, 123 bytes at most.
   * @default ''
   */
  readonly reason?: string;
  /**
   * Over how long the closes are spread evenly, in milliseconds, so that not all clients connect
   * again at once. It is never longer than three quarters of what is left of the grace period.
   * @default 2_000
   */
  readonly spreadMs?: number;
}

const DEFAULTS = Object.freeze({
  code: 1_012,
  reason: '',
  spreadMs: 2_000,
} satisfies Required<DrainWebSocketsOptions>);

const CLOSED = 3;

/** The share of the grace period in which clients are told; the rest is for their goodbye. */
const SPREAD_SHARE = 0.75;

/** The most bytes of a reason that fit into a close frame. */
const MAX_REASON_BYTES = 123;

/**
 * Ends the WebSockets of a worker that leaves, spread over time: each gets a close frame, and ends
 * by the closing handshake. In a worker of a pool this begins by itself when the worker begins to go
 * away. Elsewhere it begins when what this returns is called, which is what `onDraining` of
 * `serverHandler()` is for; there it also ends WebSockets that have come late. What has not ended
 * by the end of the grace period is cut by the pool.
 *
 * @param server a `WebSocketServer` of `ws`, or another with `clients`
 * @param options the close code and reason, and over how long
 * @returns ends the WebSockets that are open; resolves when they have closed
 * @throws {TypeError} when the server has no `clients`, or an option is unknown or of the wrong kind
 * @throws {RangeError} when an option is out of bounds
 * @example
 * const sockets = new WebSocketServer({ server });
 * export default serverHandler(server, { onDraining: drainWebSockets(sockets, { spreadMs: 5_000 }) });
 */
export function drainWebSockets(
  server: WebSocketServerLike,
  options: DrainWebSocketsOptions = {},
): () => Promise<void> {
  requireClients(server);
  const drain = new WebSocketDrain(server, resolveOptions(options));
  const worker = currentWorker();
  const begin = (): void => worker?.waitUntil(drain.run(deadlineMs()));
  if (worker?.signal.aborted === true) begin();
  else worker?.signal.addEventListener('abort', begin, { once: true });
  return () => drain.run(deadlineMs());
}

/** When the worker cuts what is open. */
function deadlineMs(): number {
  return currentWorker()?.departure?.deadlineMs ?? Infinity;
}

/** Closes the WebSockets of one server. */
class WebSocketDrain {
  readonly #server: WebSocketServerLike;
  readonly #options: Required<DrainWebSocketsOptions>;
  readonly #told = new Set<WebSocketLike>();
  #endsAtMs: number | undefined;

  constructor(server: WebSocketServerLike, options: Required<DrainWebSocketsOptions>) {
    this.#server = server;
    this.#options = options;
  }

  /** Closes those that are open and have not been told, and waits for all that are. */
  async run(endMs: number): Promise<void> {
    const nowMs = performance.now();
    const spreadMs = Math.min(this.#options.spreadMs, Math.max(0, (endMs - nowMs) * SPREAD_SHARE));
    // Those that come late are told within the same time.
    this.#endsAtMs ??= nowMs + spreadMs;
    const open = [...this.#server.clients].filter(({ readyState }) => readyState !== CLOSED);
    const fresh = open.filter((socket) => !this.#told.has(socket));
    const stepMs = Math.max(0, this.#endsAtMs - nowMs) / Math.max(1, fresh.length);
    for (const socket of fresh) this.#told.add(socket);
    const closed = Promise.all(open.map(async (socket) => hasClosed(socket)));
    for (const [index, socket] of fresh.entries()) this.#closeIn(socket, index * stepMs);
    await closed;
  }

  #closeIn(socket: WebSocketLike, delayMs: number): void {
    const { code, reason } = this.#options;
    if (delayMs < 1) socket.close(code, reason);
    else setTimeout(() => socket.close(code, reason), delayMs);
  }
}

async function hasClosed(socket: WebSocketLike): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', resolve));
}

function requireClients(server: unknown): asserts server is WebSocketServerLike {
  const clients: unknown =
    typeof server === 'object' && server !== null ? Reflect.get(server, 'clients') : undefined;
  const iterable = typeof clients === 'object' && clients !== null && Symbol.iterator in clients;
  if (iterable) return;
  throw new TypeError(
    `Cannot drain WebSockets: the server must have its WebSockets in 'clients', as a WebSocketServer of ws ` +
      `with clientTracking has, got ${describeValue(server)}`,
  );
}

function resolveOptions(options: DrainWebSocketsOptions): Required<DrainWebSocketsOptions> {
  requireObject('Options of drainWebSockets()', options, '{ spreadMs: 5_000 }');
  requireKnownOptions(options, DEFAULTS, { of: 'drainWebSockets()' });
  const { code = DEFAULTS.code, reason = DEFAULTS.reason } = options;
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw new TypeError(
      `Option reason must be a string of ${MAX_REASON_BYTES} bytes at most, got ${describeValue(reason)}`,
    );
  }
  return Object.freeze({
    code: requireCode(code),
    reason,
    spreadMs: requireDurationMs('spreadMs', options.spreadMs ?? DEFAULTS.spreadMs),
  });
}

/** Those that an application may send by the WebSocket protocol. */
function requireCode(code: number): number {
  const number = requireInteger('code', code, { min: 1_000, max: 4_999 });
  const reserved = number >= 1_015 || (number >= 1_004 && number <= 1_006);
  if (!reserved || number >= 3_000) return number;
  throw new RangeError(
    `Option code must be 1000 to 1003, 1007 to 1014 or 3000 to 4999, got ${number}`,
  );
}
