import { Arrivals } from '../model/arrivals.ts';
import { ClosedDriver } from '../model/closed-driver.ts';
import type { ConnectionDriver } from '../connection/connection-driver.ts';
import type { ConnectionOpener } from '../connection/connection-opener.ts';
import type { EventLoopMonitor } from '../measure/event-loop-monitor.ts';
import type { LoadConnection } from '../connection/load-connection.ts';
import type { ResolvedLoadOptions } from '../options/load-options.ts';
import { OpenDriver } from '../model/open-driver.ts';
import { createRandomSource } from '../random-source.ts';
import { RateSchedule } from '../model/rate-schedule.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { ResolvedTarget } from '../target/target-address.ts';
import { type ClientScript, scriptOf } from '../model/client-script.ts';
import type { Workload } from '../messages/workload.ts';

/** The part of a run that one thread does; it can be posted to a thread. */
export interface SharePlan {
  readonly options: ResolvedLoadOptions;
  readonly target: ResolvedTarget;
  /** Which share it is, from 0. */
  readonly share: number;
  /** How many shares there are. */
  readonly shares: number;
}

/** A load model as a share sees it. */
export interface ShareDriver extends ConnectionDriver {
  /** Resolves when the schedule may start. */
  prepare(connections: readonly LoadConnection[]): Promise<void>;
  /** Starts at that time of `performance.now()`. */
  start(startMs: number): void;
  /** Lets nothing more fall due; calls `onPaid` when all that is due is sent, perhaps within this call. */
  windDown(onPaid: () => void): void;
  stopSending(): void;
  readonly unsent: number;
}

/** Returns how much of a total the share gets; the shares together get all of it. */
export function shareOf(total: number, share: number, shares: number): number {
  if (total === Number.POSITIVE_INFINITY) return total;
  return Math.floor(total / shares) + (share < total % shares ? 1 : 0);
}

/** Creates the driver of the load model that the options ask for; `script` is what clients do instead of the workload. */
export function createDriver(
  { options, share, shares }: SharePlan,
  workload: Workload,
  script: ClientScript | null,
  opener: ConnectionOpener,
  recorder: Recorder,
  monitor: EventLoopMonitor,
  finish: () => void,
): ShareDriver {
  const random = createRandomSource(options.seed + share * 7919 + 1);
  const { pipeline, requestsPerConnection } = options;
  const { retries, http, session } = options;
  // In HTTP/2, what a GOAWAY leaves untouched is sent again without being asked for.
  const resends = retries > 0 || (http ?? session)?.version === '2';
  const limit = shareOf(options.totalRequests, share, shares);
  if (options.schedule === null) {
    const plan = {
      pipeline,
      unitsEach: script === null ? options.requests : options.sessions,
      unitsInAll: limit,
      requestsPerConnection,
      warmupMs: options.warmupMs,
      resends,
    };
    const ebb = (nowMs: number): void => recorder.endLoad(nowMs);
    const asked = script ?? scriptOf(workload, options.thinkMs);
    return new ClosedDriver(plan, asked, random, opener, ebb, finish);
  }
  const arrivals = new Arrivals(
    new RateSchedule(options.schedule),
    { process: options.arrivals, share, shares, limit, warmupMs: options.warmupMs },
    random,
  );
  return new OpenDriver(
    {
      pipeline,
      requestsPerConnection,
      pacing: options.pacing,
      sendAll: limit !== Number.POSITIVE_INFINITY,
      resends,
      endsAfterMs: options.warmupMs + options.durationMs,
    },
    arrivals,
    workload,
    opener,
    recorder,
    (spunMs) => monitor.addSpun(spunMs),
    finish,
  );
}
