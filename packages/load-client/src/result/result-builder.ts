import { addErrorCounts, createErrorCounts, sumErrorCounts } from '../measure/error-class.ts';
import { judgeClient } from './client-health.ts';
import { ErrorReasons } from '../measure/error-reasons.ts';
import { LatencyCounts, type CountsSnapshot } from '../measure/latency-counts.ts';
import { summarizeLatency, type LatencySummary } from '../measure/latency-summary.ts';
import { describeTarget, type ResolvedLoadOptions } from '../options/load-options.ts';
import {
  RESULT_FORMAT,
  type ConnectionCounts,
  type LoadModel,
  type LoadResult,
  type LoadSettings,
  type TimelineEntry,
} from './load-result.ts';
import { buildSessionResult } from '../session/session-result.ts';
import type { ShareResult } from './share-result.ts';
import type { IntervalSnapshot } from '../measure/recorder.ts';

/** Adds the intervals of all shares up, second by second and in total. */
export class IntervalCollector {
  readonly latency: LatencyCounts = new LatencyCounts();
  readonly #seconds: IntervalSnapshot[][] = [];

  /** Adds one second of one share. */
  add(interval: IntervalSnapshot): void {
    this.latency.add(interval.latency);
    (this.#seconds[interval.second] ??= []).push(interval);
  }

  /**
   * Returns the seconds up to the measured time's end; empty ones after it are left out. What came
   * within a second after the planned end belongs to the last planned second.
   */
  timeline(durationMs: number, plannedMs: number): TimelineEntry[] {
    const seconds = this.#foldLast(durationMs, plannedMs);
    const entries: TimelineEntry[] = [];
    const scratch = new LatencyCounts();
    for (const [second, intervals = []] of seconds.entries()) {
      const errors = createErrorCounts();
      const entry = { sent: 0, right: 0, sentBytes: 0, receivedBytes: 0, opened: 0 };
      let connections = 0;
      scratch.reset();
      for (const interval of intervals) {
        entry.sent += interval.sent;
        entry.right += interval.replies;
        entry.sentBytes += interval.sentBytes;
        entry.receivedBytes += interval.receivedBytes;
        entry.opened += interval.opened;
        // Those of the latest of seconds that are told as one are nobody's any more.
        if (interval.second === second) connections += interval.connections;
        addErrorCounts(errors, interval.errors);
        scratch.add(interval.latency);
      }
      const empty = entry.sent + entry.right + entry.receivedBytes + sumErrorCounts(errors) === 0;
      if (empty && second * 1000 >= durationMs) continue;
      const latency = scratch.count === 0 ? null : summarizeLatency(scratch.snapshot());
      entries.push({ second, ...entry, connections, errors, latency });
    }
    return entries;
  }

  #foldLast(durationMs: number, plannedMs: number): readonly IntervalSnapshot[][] {
    const planned = Math.ceil(plannedMs / 1000);
    const last = this.#seconds[planned - 1];
    if (last === undefined || durationMs >= plannedMs + 1000) return this.#seconds;
    const folded = this.#seconds.slice(0, planned);
    folded[planned - 1] = [...last, ...this.#seconds.slice(planned).flat()];
    return folded;
  }
}

function merged(snapshots: readonly CountsSnapshot[]): CountsSnapshot {
  const counts = new LatencyCounts();
  for (const snapshot of snapshots) counts.add(snapshot);
  return counts.snapshot();
}

const sum = (shares: readonly ShareResult[], pick: (share: ShareResult) => number): number =>
  shares.reduce((total, share) => total + pick(share), 0);

/** What the latencies of each model mean. */
const MODEL_NOTES: Readonly<Record<LoadModel, string>> = Object.freeze({
  closed:
    'Closed model: a connection sends its next request only after a reply, so latency leaves out ' +
    'the requests that a stalled server kept from being sent (coordinated omission).',
  open:
    'Open model: latency counts from the time when a request was due, whether or not a connection ' +
    'was free then; requests that were due and never sent are counted as unsent.',
});

const finite = (value: number): number | null =>
  value === Number.POSITIVE_INFINITY ? null : value;

function protocolOf(options: ResolvedLoadOptions): string {
  const { http, session, websocket, framingModule, framing } = options;
  if (session?.isHttp === true) return session.version === '2' ? 'http2' : 'http';
  if (http !== null) return http.version === '2' ? 'http2' : 'http';
  return websocket === null ? (framingModule ?? framing) : 'websocket';
}

function describeSettings(options: ResolvedLoadOptions): LoadSettings {
  return {
    label: options.label,
    connections: options.connections,
    threads: options.threads,
    pipeline: options.pipeline,
    requests: finite(options.requests),
    sessions: options.session === null ? null : finite(options.sessions),
    totalRequests: finite(options.totalRequests),
    durationMs: finite(options.durationMs),
    warmupMs: options.warmupMs,
    thinkMs: options.thinkMs,
    schedule:
      options.schedule?.map(({ durationMs, rate, toRate = rate }) => ({
        durationMs: finite(durationMs),
        rate,
        toRate,
      })) ?? null,
    arrivals: options.schedule === null ? null : options.arrivals,
    requestsPerConnection: finite(options.requestsPerConnection),
    framing: protocolOf(options),
    http:
      options.http?.body instanceof Uint8Array
        ? { ...options.http, body: `${options.http.body.length} bytes` }
        : options.http,
    session: options.session,
    websocket: options.websocket,
    expectedReply: options.expectedReply,
    tls: options.tls !== null,
    seed: options.seed,
  };
}

/** Adds up how many replies had each status. */
export function addStatuses(
  pairs: readonly (readonly [status: number | string, count: number])[],
): Record<string, number> {
  const statuses: Record<string, number> = {};
  for (const [status, count] of pairs) statuses[status] = (statuses[status] ?? 0) + count;
  return statuses;
}

/** Adds up how the connections of several threads, or machines, fared. */
export function addConnectionCounts(
  counts: readonly Omit<ConnectionCounts, 'asked'>[],
): Omit<ConnectionCounts, 'asked'> {
  const reasons: Record<string, number> = {};
  const total = { worked: 0, gaveUp: 0, unopened: 0 };
  for (const each of counts) {
    total.worked += each.worked;
    total.gaveUp += each.gaveUp;
    total.unopened += each.unopened;
    for (const [reason, count] of Object.entries(each.reasons)) {
      reasons[reason] = (reasons[reason] ?? 0) + count;
    }
  }
  return { ...total, reasons };
}

/** Builds the result of a run from what its shares measured. */
export function buildResult(
  options: ResolvedLoadOptions,
  startedAtMs: number,
  aborted: boolean,
  collector: IntervalCollector,
  shares: readonly ShareResult[],
): LoadResult {
  const model = options.schedule === null ? 'closed' : 'open';
  const errors = createErrorCounts();
  const errorReasons = new ErrorReasons();
  for (const share of shares) {
    addErrorCounts(errors, share.errors);
    errorReasons.add(share.errorReasons);
  }
  const durationMs = Math.max(0, ...shares.map((share) => share.durationMs));
  const right = sum(shares, (share) => share.replies);
  const summary = (pick: (share: ShareResult) => CountsSnapshot): LatencySummary =>
    summarizeLatency(merged(shares.map(pick)));
  const latency = summarizeLatency(collector.latency.snapshot());
  const serviceTime = model === 'open' ? summary((share) => share.serviceTime) : null;
  const sendDelay = model === 'open' ? summary((share) => share.sendDelay) : null;
  return {
    format: RESULT_FORMAT,
    model,
    modelNote: MODEL_NOTES[model],
    target: describeTarget(options),
    settings: describeSettings(options),
    machines: 1,
    startedAtMs,
    durationMs,
    aborted,
    requests: {
      sent: sum(shares, (share) => share.sent),
      right,
      failed: sum(shares, (share) => share.failed),
      unanswered: sum(shares, (share) => share.unanswered),
      unsent: sum(shares, (share) => share.unsent),
      retried: sum(shares, (share) => share.retried),
    },
    warmup: {
      requests: sum(shares, (share) => share.warmupRequests),
      errors: sum(shares, (share) => sumErrorCounts(share.warmupErrors)),
    },
    errors,
    errorReasons: errorReasons.snapshot(),
    statuses: addStatuses(shares.flatMap((share) => share.statuses)),
    differences: shares.flatMap((share) => share.differences),
    connections: {
      asked: options.connections,
      ...addConnectionCounts(shares.map((share) => share.connections)),
    },
    opened: sum(shares, (share) => share.opened),
    closedWhileIdle: sum(shares, (share) => share.closedWhileIdle),
    closedAsAnnounced: sum(shares, (share) => share.closedAsAnnounced),
    tlsHandshakes:
      options.tls === null
        ? null
        : {
            full: sum(shares, (share) => share.fullHandshakes),
            resumed: sum(shares, (share) => share.resumedHandshakes),
          },
    throughput: sum(shares, (share) => share.repliesPerSecond),
    sentBytes: sum(shares, (share) => share.sentBytes),
    receivedBytes: sum(shares, (share) => share.receivedBytes),
    latency,
    firstByte: summary((share) => share.firstByte),
    serviceTime,
    sendDelay,
    connectTime: summary((share) => share.connectTime),
    sessions: buildSessionResult(
      options.session?.steps.map(({ name }) => name) ?? null,
      shares.map((share) => share.sessions),
    ),
    timeline: collector.timeline(durationMs, options.durationMs),
    client: judgeClient({
      threads: shares.map((share) => share.eventLoop),
      latency: serviceTime ?? latency,
      open: sendDelay === null ? null : { sendDelay, latency },
      durationMs,
      clientLimitErrors: errors.clientLimit,
    }),
  };
}
