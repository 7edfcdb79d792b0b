import { addErrorCounts, createErrorCounts, sumErrorCounts } from './error-class.ts';
import { judgeClient } from './client-health.ts';
import { LatencyCounts, type CountsSnapshot } from './latency-counts.ts';
import { summarizeLatency } from './latency-summary.ts';
import type { ResolvedLoadOptions } from './load-options.ts';
import { RESULT_FORMAT, type LoadResult, type TimelineEntry } from './load-result.ts';
import type { ShareResult } from './load-share.ts';
import type { IntervalSnapshot } from './recorder.ts';

/** Adds the intervals of all shares up, second by second and in total. */
export class IntervalCollector {
  readonly latency: LatencyCounts = new LatencyCounts();
  readonly #seconds: IntervalSnapshot[][] = [];

  /** Adds one second of one share. */
  add(interval: IntervalSnapshot): void {
    this.latency.add(interval.latency);
    (this.#seconds[interval.second] ??= []).push(interval);
  }

  /** Returns the seconds up to the measured time's end; empty ones after it are left out. */
  timeline(durationMs: number): TimelineEntry[] {
    const entries: TimelineEntry[] = [];
    const scratch = new LatencyCounts();
    for (const [second, intervals = []] of this.#seconds.entries()) {
      const errors = createErrorCounts();
      const entry = { sent: 0, right: 0, sentBytes: 0, receivedBytes: 0 };
      scratch.reset();
      for (const interval of intervals) {
        entry.sent += interval.sent;
        entry.right += interval.replies;
        entry.sentBytes += interval.sentBytes;
        entry.receivedBytes += interval.receivedBytes;
        addErrorCounts(errors, interval.errors);
        scratch.add(interval.latency);
      }
      const empty = entry.sent + entry.right + entry.receivedBytes + sumErrorCounts(errors) === 0;
      if (empty && second * 1000 >= durationMs) continue;
      entries.push({ second, ...entry, errors, latency: summarizeLatency(scratch.snapshot()) });
    }
    return entries;
  }
}

function merged(snapshots: readonly CountsSnapshot[]): CountsSnapshot {
  const counts = new LatencyCounts();
  for (const snapshot of snapshots) counts.add(snapshot);
  return counts.snapshot();
}

const sum = (shares: readonly ShareResult[], pick: (share: ShareResult) => number): number =>
  shares.reduce((total, share) => total + pick(share), 0);

/** Builds the result of a run from what its shares measured. */
export function buildResult(
  options: ResolvedLoadOptions,
  target: string,
  startedAtMs: number,
  aborted: boolean,
  collector: IntervalCollector,
  shares: readonly ShareResult[],
): LoadResult {
  const errors = createErrorCounts();
  for (const share of shares) addErrorCounts(errors, share.errors);
  const durationMs = Math.max(0, ...shares.map((share) => share.durationMs));
  const right = sum(shares, (share) => share.replies);
  return {
    format: RESULT_FORMAT,
    model: 'closed',
    modelNote:
      'Closed model: a connection sends its next request only after a reply, so latency leaves out ' +
      'the requests that a stalled server kept from being sent.',
    target,
    connections: options.connections,
    startedAtMs,
    durationMs,
    aborted,
    requests: {
      sent: sum(shares, (share) => share.sent),
      right,
      failed: sum(shares, (share) => share.failed),
      unanswered: sum(shares, (share) => share.unanswered),
      unsent: sum(shares, (share) => share.unsent),
    },
    warmup: {
      requests: sum(shares, (share) => share.warmupRequests),
      errors: sum(shares, (share) => sumErrorCounts(share.warmupErrors)),
    },
    errors,
    differences: shares.flatMap((share) => share.differences),
    opened: sum(shares, (share) => share.opened),
    closedWhileIdle: sum(shares, (share) => share.closedWhileIdle),
    throughput: durationMs === 0 ? 0 : (right / durationMs) * 1000,
    sentBytes: sum(shares, (share) => share.sentBytes),
    receivedBytes: sum(shares, (share) => share.receivedBytes),
    latency: summarizeLatency(collector.latency.snapshot()),
    firstByte: summarizeLatency(merged(shares.map((share) => share.firstByte))),
    connectTime: summarizeLatency(merged(shares.map((share) => share.connectTime))),
    timeline: collector.timeline(durationMs),
    client: judgeClient(shares.map((share) => share.eventLoop)),
  };
}
