import type { EventLoopLoad } from './event-loop-monitor.ts';
import type { LatencySummary } from './latency-summary.ts';
import type { ClientHealth } from './load-result.ts';

/** From this utilization of a load thread's event loop on, the client counts as saturated. */
const SATURATED_UTILIZATION = 0.9;

/** From this 99th percentile of a load thread's event-loop delay on, the client counts as saturated, in milliseconds. */
const SATURATED_DELAY_MS = 20;

/** From this 99th percentile of the client's own lateness on, an open client counts as saturated, in milliseconds. */
const SATURATED_SEND_DELAY_MS = 10;

/** A shorter run tells nothing about the client, in milliseconds. */
const SHORTEST_JUDGED_MS = 500;

/**
 * Judges whether the client itself limited the run: by the event loops of the load threads, in the
 * open model by how late it sent although a connection was free, and by what its machine refused.
 */
export function judgeClient(
  threads: readonly EventLoopLoad[],
  sendDelay: Pick<LatencySummary, 'p99Ms'> | null,
  durationMs: number,
  clientLimitErrors: number,
): ClientHealth {
  const utilization = Math.max(0, ...threads.map((thread) => thread.utilization));
  const delayMs = Math.max(0, ...threads.map((thread) => thread.delayP99Ms));
  const sendDelayMs = sendDelay?.p99Ms ?? 0;
  const figures =
    `the busiest load thread worked ${(utilization * 100).toFixed(0)} % of the time, ` +
    `its event loop was ${delayMs.toFixed(1)} ms late at p99` +
    (sendDelay === null ? '' : `, and requests were sent ${sendDelayMs.toFixed(2)} ms late at p99`);
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
    delayMs >= SATURATED_DELAY_MS ||
    sendDelayMs >= SATURATED_SEND_DELAY_MS;
  return {
    saturated,
    verdict: saturated
      ? `The client itself was probably the bottleneck: ${figures}.`
      : `The client was not the bottleneck: ${figures}.`,
    threads,
  };
}
