import type { ErrorCounts } from './error-class.ts';
import type { EventLoopLoad } from './event-loop-monitor.ts';
import type { LatencySummary } from './latency-summary.ts';
import type { ReplyDifference } from './recorder.ts';

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
  /** Requests that were due, or left of the requested number, and were never sent. */
  readonly unsent: number;
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
  /** The reply latency of the replies of this second. */
  readonly latency: LatencySummary;
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
  /** The number of connections held at the same time. */
  readonly connections: number;
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
  /** Errors by class: one for each failed request, and one for each failed attempt to connect. */
  readonly errors: ErrorCounts;
  /** Examples of wrong replies; up to ten of each thread. */
  readonly differences: readonly ReplyDifference[];
  /** Connections opened, including those opened again. */
  readonly opened: number;
  /** Connections that the peer closed while no request was in flight; not counted as errors. */
  readonly closedWhileIdle: number;
  /** Right replies a second, over the measured time. */
  readonly throughput: number;
  /** Bytes written in the measured time. */
  readonly sentBytes: number;
  /** Bytes read in the measured time. */
  readonly receivedBytes: number;
  /** From the due time of a request (closed: its sending) to its whole reply; right replies only. */
  readonly latency: LatencySummary;
  /** From the due time of a request to the first byte of its reply; right replies only. */
  readonly firstByte: LatencySummary;
  /** From the start of an attempt to connect to the open connection, TLS included. */
  readonly connectTime: LatencySummary;
  /** What happened second by second. */
  readonly timeline: readonly TimelineEntry[];
  /** Whether the client was the bottleneck. */
  readonly client: ClientHealth;
}
