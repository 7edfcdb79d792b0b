import type { Framing } from '@sockpool/echo-protocol';
import type { HttpRequestOptions } from '../http/http-requests.ts';
import type { ArrivalProcess } from '../model/arrivals.ts';
import type { ReplyEvent } from '../connection/reply-event.ts';
import type { Pacing } from '../model/pacer.ts';
import type { RateStage } from '../model/rate-schedule.ts';
import type { ResolvedSessionOptions, SessionOptions } from '../session/session-options.ts';
import type { ThinkTime, ThinkTimeOption } from '../model/think-time.ts';
import type { LoadTlsOptions } from '../target/socket-opener.ts';
import type { ExpectedReply } from '../messages/expected-reply.ts';
import type { ResolvedWebSocketOptions, WebSocketOptions } from '../websocket/websocket-options.ts';
import { NOTEBOOK_MESSAGES, type MessageOrder } from '../messages/workload.ts';

/**
 * What to send, to whom, how often and for how long.
 *
 * With `rate` or `stages` the run is open, otherwise closed.
 */
export interface LoadOptions {
  /** The host to connect to, an IPv4 or IPv6 address or a name, which is looked up once. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /**
   * The TCP port to connect to, 1 to 65535; this or `path` is needed.
   * @default none
   */
  readonly port?: number | undefined;
  /**
   * The path of a unix socket to connect to, instead of host and port.
   * @default none
   */
  readonly path?: string | undefined;
  /** Whether to speak TLS, and how. @default false */
  readonly tls?: boolean | LoadTlsOptions | undefined;

  /** What the run is called in its result and its reports. @default none */
  readonly label?: string | undefined;
  /** How many connections are held at the same time, 1 or more. @default 1 */
  readonly connections?: number | undefined;
  /** How many threads share the load; with 1 it runs in the caller's thread, with more each share in a thread of its own. @default 1 */
  readonly threads?: number | undefined;
  /** The most requests in flight on one connection; more than 1 needs a framing with boundaries. @default 1 */
  readonly pipeline?: number | undefined;

  /** Closed model: how many requests each connection sends. @default 1 when there is no other limit */
  readonly requests?: number | undefined;
  /** What each client does instead of `messages` or `http`: a script of requests, one after the other. Closed model. @default none */
  readonly session?: SessionOptions | undefined;
  /** How many sessions each connection does. @default 1 when there is no other limit */
  readonly sessions?: number | undefined;
  /** How many requests all connections together send, in either model. @default no limit */
  readonly totalRequests?: number | undefined;
  /** How long requests are sent (open model: fall due) after the warm-up, in milliseconds. @default no limit */
  readonly durationMs?: number | undefined;
  /** How long requests are sent before anything enters the results, in milliseconds. @default 0 */
  readonly warmupMs?: number | undefined;
  /** When the run starts: a time, or milliseconds since the epoch, so that several machines start together. Until then nothing is opened but for its last five seconds. @default at once */
  readonly startAt?: Date | number | undefined;
  /** When the duration is over: how long requests that fell due and wait for a connection are still sent (open model), and then how long replies are awaited, in milliseconds. @default 10000 */
  readonly drainMs?: number | undefined;
  /** Closed model: how long each client thinks before each request: milliseconds, the bounds of an even distribution, or a {@link ThinkTime}. @default 0 */
  readonly thinkMs?: ThinkTimeOption | undefined;

  /**
   * Open model: requests a second of all threads together.
   * @default none, the closed model
   */
  readonly rate?: number | undefined;
  /**
   * Open model: stages of different rates one after the other, instead of `rate` and `durationMs`.
   * @default none
   */
  readonly stages?: readonly RateStage[] | undefined;
  /** Open model: whether requests come evenly, or at random as from many independent users. @default 'constant' */
  readonly arrivals?: ArrivalProcess | undefined;
  /** Open model: whether due times are met within microseconds at the price of a busy core, or with Node's timers. @default 'precise' */
  readonly pacing?: Pacing | undefined;

  /** Closed: the time over which the connections are opened; open: the time in which the rate rises from 0. In milliseconds. @default 0 */
  readonly rampUpMs?: number | undefined;
  /** The most connections opened a second, by all threads together. @default no limit */
  readonly connectRate?: number | undefined;
  /** After how many requests a connection is closed and opened again. @default never */
  readonly requestsPerConnection?: number | undefined;
  /** How long an attempt to connect may take, in milliseconds. @default 120000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a reply may take, in milliseconds; it is checked ten times a second. @default 120000; when the run ends by time `drainMs`, and a second at least */
  readonly replyTimeoutMs?: number | undefined;
  /** How often in a row a connection is opened again without a reply in between before it gives up. @default no limit when the run ends by time, otherwise 5 */
  readonly reconnectAttempts?: number | undefined;
  /** The wait before the first such attempt, in milliseconds; it doubles up to a second. @default 100 */
  readonly reconnectDelayMs?: number | undefined;
  /** How often a request is sent again whose connection was reset, closed early or timed out; its latency still counts from the first time. @default 0 */
  readonly retries?: number | undefined;

  /** The messages to send; texts may be templates with `{{counter}}`, `{{random:8}}` and `{{int:1..6}}`. @default the eight messages of the lecture notebook */
  readonly messages?: readonly (string | Uint8Array)[] | undefined;
  /**
   * Sends random letters and digits of sizes within these bounds instead of `messages`, in bytes.
   * @default none
   */
  readonly messageBytes?: readonly [min: number, max: number] | undefined;
  /** How the next message is chosen. @default 'random' */
  readonly messageOrder?: MessageOrder | undefined;
  /** How messages are separated on the wire. @default 'raw' */
  readonly framing?: Framing | undefined;
  /**
   * A module, as a file URL, that encodes requests and decodes replies instead of `framing`; see {@link FramingModule}.
   * @default none
   */
  readonly framingModule?: string | undefined;
  /**
   * Sends HTTP/1.1 requests and judges their replies by status, instead of messages, framing and `expectedReply`.
   * @default none
   */
  readonly http?: HttpRequestOptions | undefined;
  /**
   * Sends the messages as those of WebSocket (RFC 6455), instead of a framing.
   * @default none
   */
  readonly websocket?: WebSocketOptions | undefined;
  /** What a right reply is; `any` switches the verification off. @default 'upper' */
  readonly expectedReply?: ExpectedReply | undefined;
  /** The seed of every random choice. @default a random one, which the result names */
  readonly seed?: number | undefined;

  /**
   * Hears of every reply, in the order of arrival; needs `threads: 1`. An error that it throws ends the run.
   * @default none
   */
  readonly onReply?: ((reply: ReplyEvent) => void) | undefined;
  /**
   * Stops the run at once; its promise resolves with what was measured, marked `aborted`.
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Ends the sending, as the end of `durationMs` does, see `drainMs`.
   * @default none
   */
  readonly stopSignal?: AbortSignal | undefined;
}

/** Options after validation, with every default filled in and Infinity for no limit; it can be posted to a thread. */
export interface ResolvedLoadOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string | null;
  readonly tls: LoadTlsOptions | null;
  readonly label: string | null;
  readonly connections: number;
  readonly threads: number;
  readonly pipeline: number;
  readonly requests: number;
  readonly session: ResolvedSessionOptions | null;
  readonly sessions: number;
  readonly totalRequests: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly drainMs: number;
  /** In milliseconds since the epoch; null for at once. */
  readonly startAtMs: number | null;
  readonly thinkMs: ThinkTime | null;
  /** The stages of an open run, warm-up and ramp-up included; null in the closed model. */
  readonly schedule: readonly RateStage[] | null;
  readonly arrivals: ArrivalProcess;
  readonly pacing: Pacing;
  readonly rampUpMs: number;
  readonly connectRate: number;
  readonly requestsPerConnection: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly reconnectAttempts: number;
  readonly reconnectDelayMs: number;
  readonly retries: number;
  readonly messages: readonly (string | Uint8Array)[];
  readonly messageBytes: readonly [min: number, max: number] | null;
  readonly messageOrder: MessageOrder;
  readonly framing: Framing;
  readonly framingModule: string | null;
  readonly http: HttpRequestOptions | null;
  readonly websocket: ResolvedWebSocketOptions | null;
  readonly expectedReply: ExpectedReply;
  readonly seed: number;
}

/** The options that have a fixed default. */
type DefaultedOptions = Pick<
  ResolvedLoadOptions,
  | 'host'
  | 'connections'
  | 'threads'
  | 'pipeline'
  | 'warmupMs'
  | 'drainMs'
  | 'arrivals'
  | 'pacing'
  | 'rampUpMs'
  | 'connectRate'
  | 'requestsPerConnection'
  | 'connectTimeoutMs'
  | 'replyTimeoutMs'
  | 'reconnectAttempts'
  | 'reconnectDelayMs'
  | 'retries'
  | 'messages'
  | 'messageOrder'
  | 'framing'
  | 'expectedReply'
>;

/** The defaults of the options that have a fixed one; Infinity means no limit. */
export const LOAD_DEFAULTS: Readonly<DefaultedOptions> = Object.freeze<DefaultedOptions>({
  host: '127.0.0.1',
  connections: 1,
  threads: 1,
  pipeline: 1,
  warmupMs: 0,
  drainMs: 10_000,
  arrivals: 'constant',
  pacing: 'precise',
  rampUpMs: 0,
  connectRate: Number.POSITIVE_INFINITY,
  requestsPerConnection: Number.POSITIVE_INFINITY,
  connectTimeoutMs: 120_000,
  replyTimeoutMs: 120_000,
  reconnectAttempts: 5,
  reconnectDelayMs: 100,
  retries: 0,
  messages: NOTEBOOK_MESSAGES,
  messageOrder: 'random',
  framing: 'raw',
  expectedReply: 'upper',
});

/** Returns the target as reports name it. */
export function describeTarget({ host, port, path }: ResolvedLoadOptions): string {
  if (path !== null) return path;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
