import type { EventLoopLoad } from './event-loop-monitor.ts';
import type { ClientHealth } from './load-result.ts';

/** From this utilization of a load thread's event loop on, the client counts as saturated. */
export const SATURATED_UTILIZATION = 0.9;

/** From this 99th percentile of a load thread's event-loop delay on, the client counts as saturated, in milliseconds. */
export const SATURATED_DELAY_MS = 20;

/** Judges from the event loops of the load threads whether the client itself limited the run. */
export function judgeClient(threads: readonly EventLoopLoad[]): ClientHealth {
  const utilization = Math.max(0, ...threads.map((thread) => thread.utilization));
  const delayMs = Math.max(0, ...threads.map((thread) => thread.delayP99Ms));
  const figures =
    `the busiest load thread worked ${(utilization * 100).toFixed(0)} % of the time ` +
    `and its event loop was at most ${delayMs.toFixed(1)} ms late for 99 % of the time`;
  const busy = utilization >= SATURATED_UTILIZATION;
  const late = delayMs >= SATURATED_DELAY_MS;
  return {
    saturated: busy || late,
    verdict:
      busy || late
        ? `The client was probably the bottleneck: ${figures}.`
        : `The client was not the bottleneck: ${figures}.`,
    threads,
  };
}
