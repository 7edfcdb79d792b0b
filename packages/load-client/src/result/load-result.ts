import type { ArrivalProcess } from '../model/arrivals.ts';
import { sumErrorCounts, type ErrorCounts } from '../measure/error-class.ts';
import type { ErrorReasonCounts } from '../measure/error-reasons.ts';
import type { EventLoopLoad } from '../measure/event-loop-monitor.ts';
import type { HttpRequestOptions } from '../http/http-requests.ts';
import type { LatencySummary } from '../measure/latency-summary.ts';
import type { ReplyDifference } from '../measure/recorder.ts';
import type { ConditionOutcome } from './condition-outcome.ts';
import type { ResolvedSessionOptions } from '../session/session-options.ts';
import type { SessionResult } from '../session/session-result.ts';
import type { ThinkTime } from '../model/think-time.ts';
import type { ResolvedWebSocketOptions } from '../websocket/websocket-options.ts';
import type { ExpectedReply } from '../messages/expected-reply.ts';

/** The `format` of the results that this version writes and reads. */
export const RESULT_FORMAT = 'sockpool-load/1';

/** The load model: `closed` waits for replies before it sends more, `open` sends by a schedule. */
export type LoadModel = 'closed' | 'open';

/** Where every request of the measured time went: `sent` = `right` + `failed` + `unanswered`. */
export interface RequestCounts {
  /** Requests written to a socket. */
  readonly sent: number;
  /** Requests that got the right reply (any whole reply, when nothing is verified). */
  readonly right: number;
  /** Requests that failed; each is also in one class of `errors`. */
  readonly failed: number;
  /** Requests still in flight when the run ended. */
  readonly unanswered: number;
  /** Requests that were due, or left of the requested number, and were never sent; their latencies are in no histogram. */
  readonly unsent: number;
  /** Attempts that failed and were followed by another (option `retries`); in no other number. */
  readonly retried: number;
}

/** How the connections fared: each is one of those that the run was asked to hold, however often it was opened. */
export interface ConnectionCounts {
  /** How many the run was asked to hold. */
  readonly asked: number;
  /** Those that carried at least one right reply. */
  readonly worked: number;
  /** Those that gave up after `reconnectAttempts`, although they were needed. */
  readonly gaveUp: number;
  /** Those that were never open, though it was tried, for a second at least if no attempt failed. */
  readonly unopened: number;
  /** Why those gave up, or were never open: the last failure of each, and how many had it. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** What happened in one second of the measured time. */
export interface TimelineEntry {
  /** The second, from 0 at the end of the warm-up. */
  readonly second: number;
  /** Requests written. */
  readonly sent: number;
  /** Right replies received. */
  readonly right: number;
  /** Errors by class. */
  readonly errors: ErrorCounts;
  /** Bytes written. */
  readonly sentBytes: number;
  /** Bytes read. */
  readonly receivedBytes: number;
  /** Connections opened, those opened again included. */
  readonly opened: number;
  /** Connections that were open at the second's end. */
  readonly connections: number;
  /** The latency of the right replies of this second; null when there was none. */
  readonly latency: LatencySummary | null;
}

/** How the client itself fared. */
export interface ClientHealth {
  /** Whether the client, not the server, probably limited the run. */
  readonly saturated: boolean;
  /** Why it is, or is not, considered saturated: one sentence. */
  readonly verdict: string;
  /** The event loop of each load thread. */
  readonly threads: readonly EventLoopLoad[];
}

/** What a run was asked to do, as far as a reader of the result needs it; null means no limit or not used. */
export interface LoadSettings {
  /** What the run is called; null when nobody named it. */
  readonly label: string | null;
  /** Connections held at the same time. */
  readonly connections: number;
  /** Load threads. */
  readonly threads: number;
  /** The most requests in flight on one connection. */
  readonly pipeline: number;
  /** Requests of each connection. */
  readonly requests: number | null;
  /** Sessions of each connection. */
  readonly sessions: number | null;
  /** Requests of all connections together. */
  readonly totalRequests: number | null;
  /** Planned time after the warm-up. */
  readonly durationMs: number | null;
  /** Time before anything enters the results. */
  readonly warmupMs: number;
  /** How long each client thought before a request; null for not at all. */
  readonly thinkMs: ThinkTime | null;
  /** The stages of an open run, warm-up and ramp-up included. */
  readonly schedule: readonly { durationMs: number | null; rate: number; toRate: number }[] | null;
  /** How requests followed each other in an open run. */
  readonly arrivals: ArrivalProcess | null;
  /** Requests after which a connection was opened anew. */
  readonly requestsPerConnection: number | null;
  /** The framing, the URL of the framing module, `http`, `http2` or `websocket`. */
  readonly framing: string;
  /** The HTTP requests; null when it was not HTTP. */
  readonly http: HttpRequestOptions | null;
  /** What each session did; null when there were none. */
  readonly session: ResolvedSessionOptions | null;
  /** How WebSocket connections were opened; null when it was not WebSocket. */
  readonly websocket: ResolvedWebSocketOptions | null;
  /** What a right reply was. */
  readonly expectedReply: ExpectedReply;
  /** Whether TLS was spoken. */
  readonly tls: boolean;
  /** The seed of all random choices. */
  readonly seed: number;
}

/** The result of one run. Times are milliseconds, sizes bytes, rates per second. */
export interface LoadResult {
  /** Identifies the format: {@link RESULT_FORMAT}. */
  readonly format: typeof RESULT_FORMAT;
  /** The load model. */
  readonly model: LoadModel;
  /** What the latencies of this model mean: one sentence. */
  readonly modelNote: string;
  /** Where the load went, as `host:port` or the path of a unix socket. */
  readonly target: string;
  /** What the run was asked to do. */
  readonly settings: LoadSettings;
  /** How many machines' results this is: 1, or more after a merge. */
  readonly machines: number;
  /** When the run started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** The measured time: from the end of the warm-up to the planned end or the last reply, whichever is later. */
  readonly durationMs: number;
  /** Whether the run was stopped before its end; the numbers are then those up to the stop. */
  readonly aborted: boolean;
  /** Where the requests went. */
  readonly requests: RequestCounts;
  /** Requests and errors of the warm-up, which are in no other number. */
  readonly warmup: { readonly requests: number; readonly errors: number };
  /** Errors by class: one for each failed request, and one for each failed attempt to connect. Unanswered requests are errors as well, see {@link errorsOf}. */
  readonly errors: ErrorCounts;
  /** Why, for each class: codes of the system, texts of TLS, what the check of a reply found; and how often. */
  readonly errorReasons: ErrorReasonCounts;
  /** HTTP: how many replies had each status, right or wrong; empty for other protocols. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Examples of wrong replies, up to three of each class and reason from each thread. */
  readonly differences: readonly ReplyDifference[];
  /** How many connections worked, gave up or never opened, and why. */
  readonly connections: ConnectionCounts;
  /** Connections opened, including those opened again. */
  readonly opened: number;
  /** Connections that the peer closed while no request was in flight; not counted as errors. */
  readonly closedWhileIdle: number;
  /** Connections that the peer announced to end behind a reply, such as by `Connection: close`; not counted as errors. */
  readonly closedAsAnnounced: number;
  /** TLS handshakes: full ones, and those that resumed an earlier session; null without TLS. */
  readonly tlsHandshakes: { readonly full: number; readonly resumed: number } | null;
  /** Right replies a second while the load was on: until the planned end, or until the first connection had sent all of its requests; not diluted by the last replies. */
  readonly throughput: number;
  /** Bytes written in the measured time. */
  readonly sentBytes: number;
  /** Bytes read in the measured time. */
  readonly receivedBytes: number;
  /** From the due time of a request (closed: its sending) to its whole reply; right replies only. */
  readonly latency: LatencySummary;
  /** From the due time of a request to the first byte of its reply; right replies only. */
  readonly firstByte: LatencySummary;
  /** Open model: from the actual sending of a request to its reply, so without any wait for a free connection; null in the closed model. */
  readonly serviceTime: LatencySummary | null;
  /** Open model: by how much the client itself sent late although a connection was free; part of `latency`. Null in the closed model. */
  readonly sendDelay: LatencySummary | null;
  /** From the start of an attempt to connect to the open connection, TLS included. */
  readonly connectTime: LatencySummary;
  /** How the sessions ended, and each of their steps; null in a run without sessions. */
  readonly sessions: SessionResult | null;
  /** What happened second by second. */
  readonly timeline: readonly TimelineEntry[];
  /** Whether the client was the bottleneck. */
  readonly client: ClientHealth;
  /** The conditions that the run was held against, by `judgeRun()` or the command line. */
  readonly conditions?: readonly ConditionOutcome[];
}

/** Returns how many errors a run had: all classes together, and the requests without a reply. */
export function errorsOf({ errors, requests }: LoadResult): number {
  return sumErrorCounts(errors) + requests.unanswered;
}
