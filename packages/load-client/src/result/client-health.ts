import type { EventLoopLoad } from '../measure/event-loop-monitor.ts';
import type { LatencySummary } from '../measure/latency-summary.ts';
import type { ClientHealth } from './load-result.ts';

/** From this utilization of a load thread's event loop on, the client counts as saturated. */
const SATURATED_UTILIZATION = 0.9;

/** From this 99th percentile of a load thread's event-loop delay on, its own work may hold up replies, in milliseconds. */
const SATURATED_DELAY_MS = 20;

/** From this share of the time in the thread's own work on, that is what makes its event loop late, and not the machine. */
const OWN_WORK_SHARE = 0.1;

/** From this share of the latency's 99th percentile on, the event loop's delay counts as saturation. */
const DELAY_LATENCY_SHARE = 0.3;

/** From this 99th percentile of the client's own lateness on, an open client may be saturated, in milliseconds. */
const SATURATED_SEND_DELAY_MS = 10;

/** From this share of the mean latency on, the client's own lateness counts as saturation. */
const SEND_DELAY_LATENCY_SHARE = 0.5;

/**
 * From this share of the median latency on, two waits for a processor count as saturation of the client.
 * Beside a spinning program it was 0.48 and more, beside a slow server on a full machine 0.36 at most.
 */
const WAIT_LATENCY_SHARE = 0.42;

/**
 * The same of all waits, divided among the requests. Beside a spinning program it was 0.32 and more; a
 * client that paces by itself never sleeps, and of its few waits, however long, it was 0.08.
 */
const WAITED_SHARE = 0.3;

/** A request meets the thread's wait at most twice: before it is sent and before its reply is read. */
const WAITS_PER_REQUEST = 2;

/** A shorter mean wait than this is what any machine has, in milliseconds. */
const USUAL_WAIT_MS = 0.022;

/** What the waits of the client are held against. */
type MeasuredLatency = Pick<LatencySummary, 'count' | 'p50Ms' | 'p99Ms'>;

/** What a run shows about its client. */
export interface ClientEvidence {
  readonly threads: readonly EventLoopLoad[];
  /** From the sending of a request to its reply. */
  readonly latency: MeasuredLatency;
  /** Open model: how late the client sent although a connection was free, and the latency from the due time. */
  readonly open: {
    readonly sendDelay: Pick<LatencySummary, 'p99Ms' | 'meanMs'>;
    readonly latency: Pick<LatencySummary, 'meanMs'>;
  } | null;
  readonly durationMs: number;
  /** Attempts to connect that failed because something ran out on this machine. */
  readonly clientLimitErrors: number;
}

/** A shorter run tells nothing about the client, in milliseconds. */
const SHORTEST_JUDGED_MS = 500;

/**
 * Judges whether the client itself limited the run, always relative to what was measured: the same
 * wait that ruins latencies of a fast server is nothing beside a slow one.
 *
 * The client is saturated when what it needs ran out, when a load thread works nearly all the time,
 * when its own work makes its event loop late, when the open model sent late for the better part of
 * the latency, or when a thread waited for a processor (by the scheduler's figures of this thread)
 * for so long each time that it explains most of the median latency.
 */
export function judgeClient({
  threads,
  latency,
  open,
  durationMs,
  clientLimitErrors,
}: ClientEvidence): ClientHealth {
  const utilization = Math.max(0, ...threads.map((thread) => thread.utilization));
  const delayMs = Math.max(0, ...threads.map((thread) => thread.delayP99Ms));
  const sendDelayMs = open?.sendDelay.p99Ms ?? 0;
  const figures =
    `the busiest load thread worked ${(utilization * 100).toFixed(0)} % of the time, ` +
    `its event loop was ${delayMs.toFixed(1)} ms late at p99` +
    (open === null ? '' : `, requests were sent ${sendDelayMs.toFixed(2)} ms late at p99`) +
    describeWaits(threads, latency);
  if (clientLimitErrors > 0) {
    const verdict =
      `The client itself was the bottleneck: ${clientLimitErrors} attempts to connect failed because ` +
      `local ports, descriptors or memory ran out here; ${figures}.`;
    return { saturated: true, verdict, threads };
  }
  if (durationMs < SHORTEST_JUDGED_MS) {
    const verdict = `The run was too short to judge the client: ${figures}.`;
    return { saturated: false, verdict, threads };
  }
  const saturated =
    utilization >= SATURATED_UTILIZATION ||
    threads.some((thread) => heldUpByOwnWork(thread, latency)) ||
    (open !== null && sentLate(open)) ||
    threads.some((thread) =>
      waitedTooLong(thread, latency, (durationMs * threads.length) / latency.count),
    );
  return {
    saturated,
    verdict: saturated
      ? `The client itself was probably the bottleneck: ${figures}.`
      : `The client was not the bottleneck: ${figures}.`,
    threads,
  };
}

/** A loop that is late although it does next to nothing is one that the machine didn't run. */
function heldUpByOwnWork(
  { delayP99Ms, utilization, cpuWaitShare }: EventLoopLoad,
  latency: MeasuredLatency,
): boolean {
  return (
    delayP99Ms >= SATURATED_DELAY_MS &&
    delayP99Ms >= latency.p99Ms * DELAY_LATENCY_SHARE &&
    utilization - (cpuWaitShare ?? 0) >= OWN_WORK_SHARE
  );
}

function sentLate({ sendDelay, latency }: NonNullable<ClientEvidence['open']>): boolean {
  return (
    sendDelay.p99Ms >= SATURATED_SEND_DELAY_MS &&
    sendDelay.meanMs >= latency.meanMs * SEND_DELAY_LATENCY_SHARE
  );
}

/**
 * Whether a thread's waits make up too much of the median latency: the two that a request meets if its
 * thread waits each time, and what there was of waits in the time of a request.
 *
 * @param perRequestMs the time that the thread had for each request
 */
function waitedTooLong(
  { cpuWaitMeanMs, cpuWaitShare }: EventLoopLoad,
  { count, p50Ms }: MeasuredLatency,
  perRequestMs: number,
): boolean {
  if (cpuWaitMeanMs === null || cpuWaitShare === null) return false;
  if (count === 0 || cpuWaitMeanMs < USUAL_WAIT_MS) return false;
  return (
    cpuWaitMeanMs * WAITS_PER_REQUEST >= p50Ms * WAIT_LATENCY_SHARE &&
    // Requests that are under way together meet the same waits.
    cpuWaitShare * Math.max(p50Ms, perRequestMs) >= p50Ms * WAITED_SHARE
  );
}

/** Says how the thread that waited longest for a processor did, and by which figure that is known. */
function describeWaits(threads: readonly EventLoopLoad[], latency: MeasuredLatency): string {
  const waits = threads.filter(({ cpuWaitShare }) => cpuWaitShare !== null);
  const [worst] = waits.toSorted((a, b) => (b.cpuWaitShare ?? 0) - (a.cpuWaitShare ?? 0));
  if (worst === undefined) return '';
  const { cpuWaitShare, cpuWaitMeanMs, cpuPressure } = worst;
  const share = ((cpuWaitShare ?? 0) * 100).toFixed(1);
  const each = (cpuWaitMeanMs ?? 0).toFixed(3);
  const beside =
    latency.count === 0 ? '' : ` beside a median latency of ${latency.p50Ms.toFixed(2)} ms`;
  const pressure =
    cpuPressure === null
      ? ''
      : `; on the machine some thread did for ${(cpuPressure * 100).toFixed(0)} % (PSI)`;
  return `, and it waited for a processor ${share} % of the time, ${each} ms each time${beside} (schedstat${pressure})`;
}
