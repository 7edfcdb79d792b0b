import type { EventLoopLoad } from '../measure/event-loop-monitor.ts';
import type { LatencySummary } from '../measure/latency-summary.ts';
import type { ClientHealth } from './load-result.ts';

/** From this utilization of a load thread's event loop on, the client counts as saturated. */
const SATURATED_UTILIZATION = 0.9;

/** From this 99th percentile of a load thread's event-loop delay on, the client counts as saturated, in milliseconds. */
const SATURATED_DELAY_MS = 20;

/** From this 99th percentile of the client's own lateness on, an open client counts as saturated, in milliseconds. */
const SATURATED_SEND_DELAY_MS = 10;

/** From this share of the time on in which a load thread waited for a processor, the client counts as saturated. */
const SATURATED_WAIT_SHARE = 0.25;

/** From this share of the median latency on, waiting for a processor counts as saturation of the client. */
const SATURATED_LATENCY_SHARE = 0.3;

/** A request meets the thread's wait twice: before it is sent and before its reply is read. */
const WAITS_PER_REQUEST = 2;

/** A shorter mean wait than this is what any machine has, in milliseconds. */
const USUAL_WAIT_MS = 0.03;

/** What the waits of the client are held against. */
type MeasuredLatency = Pick<LatencySummary, 'count' | 'p50Ms' | 'p99Ms'>;

/** A shorter run tells nothing about the client, in milliseconds. */
const SHORTEST_JUDGED_MS = 500;

/**
 * Judges whether the client itself limited the run: by the event loops of the load threads, in the
 * open model by how late it sent although a connection was free, by how they waited for a processor
 * (relative to the median latency that was measured), and by what its machine refused.
 */
export function judgeClient(
  threads: readonly EventLoopLoad[],
  sendDelay: Pick<LatencySummary, 'p99Ms'> | null,
  latency: MeasuredLatency,
  durationMs: number,
  clientLimitErrors: number,
): ClientHealth {
  const utilization = Math.max(0, ...threads.map((thread) => thread.utilization));
  const delayMs = Math.max(0, ...threads.map((thread) => thread.delayP99Ms));
  const sendDelayMs = sendDelay?.p99Ms ?? 0;
  const figures =
    `the busiest load thread worked ${(utilization * 100).toFixed(0)} % of the time, ` +
    `its event loop was ${delayMs.toFixed(1)} ms late at p99` +
    (sendDelay === null ? '' : `, requests were sent ${sendDelayMs.toFixed(2)} ms late at p99`) +
    describeWaits(threads, latency);
  if (clientLimitErrors > 0) {
    const verdict =
      `The client itself was the bottleneck: ${clientLimitErrors} attempts to connect failed for want ` +
      `of local ports, descriptors or memory; ${figures}.`;
    return { saturated: true, verdict, threads };
  }
  if (durationMs < SHORTEST_JUDGED_MS) {
    const verdict = `The run was too short to judge the client: ${figures}.`;
    return { saturated: false, verdict, threads };
  }
  const saturated =
    utilization >= SATURATED_UTILIZATION ||
    // Beside a slow server the same delay is a small part of what is measured.
    (delayMs >= SATURATED_DELAY_MS && delayMs >= latency.p99Ms * SATURATED_LATENCY_SHARE) ||
    sendDelayMs >= SATURATED_SEND_DELAY_MS ||
    threads.some((thread) => waitedTooLong(thread, latency));
  return {
    saturated,
    verdict: saturated
      ? `The client itself was probably the bottleneck: ${figures}.`
      : `The client was not the bottleneck: ${figures}.`,
    threads,
  };
}

function waitedTooLong(
  { cpuWaitShare, cpuWaitMeanMs }: EventLoopLoad,
  latency: MeasuredLatency,
): boolean {
  if (cpuWaitShare === null || cpuWaitMeanMs === null) return false;
  if (cpuWaitShare >= SATURATED_WAIT_SHARE) return true;
  if (latency.count === 0 || cpuWaitMeanMs < USUAL_WAIT_MS) return false;
  return cpuWaitMeanMs * WAITS_PER_REQUEST >= latency.p50Ms * SATURATED_LATENCY_SHARE;
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
