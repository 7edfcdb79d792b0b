import { setTimeout as wait } from 'node:timers/promises';
import { Arrivals } from './arrivals.ts';
import { ClosedDriver } from './closed-driver.ts';
import { ConnectionOpener } from './connection-opener.ts';
import { EventLoopMonitor } from './event-loop-monitor.ts';
import { LoadConnection, type ConnectionDriver, type ReplyEvent } from './load-connection.ts';
import type { ResolvedLoadOptions } from './load-options.ts';
import { OpenDriver } from './open-driver.ts';
import { createRandomSource } from './random-source.ts';
import { RateSchedule } from './rate-schedule.ts';
import { Recorder, type IntervalSnapshot } from './recorder.ts';
import type { ShareResult } from './share-result.ts';
import { createSocketOpener, type ResolvedTarget } from './socket-opener.ts';
import { createWireFormat } from './wire-format.ts';
import { createWorkload, type Workload } from './workload.ts';

/** The part of a run that one thread does; it can be posted to a thread. */
export interface SharePlan {
  readonly options: ResolvedLoadOptions;
  readonly target: ResolvedTarget;
  /** Which share it is, from 0. */
  readonly share: number;
  /** How many shares there are. */
  readonly shares: number;
}

/** How a share talks to the run. */
export interface ShareHooks {
  /** Tells that the share is ready; resolves with the common start, in milliseconds since the epoch. */
  readonly ready: () => Promise<number>;
  readonly onInterval: (interval: IntervalSnapshot) => void;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
  /** Stops the share at once. */
  readonly signal: AbortSignal;
}

/** A load model as a share sees it. */
interface ShareDriver extends ConnectionDriver {
  /** Resolves when the schedule may start. */
  prepare(connections: readonly LoadConnection[]): Promise<void>;
  /** Starts at that time of `performance.now()`. */
  start(startMs: number): void;
  /** Sends what the schedule has due by now; called at its end. */
  sendDue(): void;
  stopSending(): void;
  readonly unsent: number;
}

/** Between two checks for timeouts pass at most so many milliseconds. */
const SWEEP_MS = 100;

/** Returns how much of a total the share gets; the shares together get all of it. */
function shareOf(total: number, share: number, shares: number): number {
  if (total === Number.POSITIVE_INFINITY) return total;
  return Math.floor(total / shares) + (share < total % shares ? 1 : 0);
}

function createDriver(
  { options, share, shares }: SharePlan,
  workload: Workload,
  opener: ConnectionOpener,
  recorder: Recorder,
  monitor: EventLoopMonitor,
  finish: () => void,
): ShareDriver {
  const random = createRandomSource(options.seed + share * 7919 + 1);
  const { pipeline, requestsPerConnection } = options;
  const limit = shareOf(options.totalRequests, share, shares);
  if (options.schedule === null) {
    const plan = {
      pipeline,
      thinkMs: options.thinkMs,
      requestsEach: options.requests,
      requestsInAll: limit,
      requestsPerConnection,
    };
    return new ClosedDriver(plan, workload, random, opener, finish);
  }
  const arrivals = new Arrivals(
    new RateSchedule(options.schedule),
    { process: options.arrivals, share, shares, limit },
    random,
  );
  return new OpenDriver(
    {
      pipeline,
      requestsPerConnection,
      pacing: options.pacing,
      sendAll: limit !== Number.POSITIVE_INFINITY,
    },
    arrivals,
    workload,
    opener,
    recorder,
    (spunMs) => monitor.addSpun(spunMs),
    finish,
  );
}

/** Runs one share of a load and resolves when all its sockets are closed. */
export async function runShare(plan: SharePlan, hooks: ShareHooks): Promise<ShareResult> {
  const { options, share, shares } = plan;
  const { signal } = hooks;
  const format = await createWireFormat(
    options.framing,
    options.framingModule ?? undefined,
    options.expectedReply,
  );
  const { messages, messageBytes, messageOrder: order } = options;
  const workload = createWorkload(
    { messages, messageBytes, order, share, shares },
    format,
    createRandomSource(options.seed + share * 7919),
  );
  const recorder = new Recorder(hooks.onInterval);
  const monitor = new EventLoopMonitor();
  const opener = new ConnectionOpener({
    rampUpMs: options.schedule === null ? options.rampUpMs : 0,
    connectRate: options.connectRate / shares,
    reconnectAttempts: options.reconnectAttempts,
    reconnectDelayMs: options.reconnectDelayMs,
  });
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const driver = createDriver(plan, workload, opener, recorder, monitor, finish);
  const settings = {
    openSocket: createSocketOpener(plan.target, options.tls),
    secure: options.tls !== null,
    format,
    recorder,
    pipeline: options.pipeline,
    retries: options.retries,
    separateServiceTime: options.schedule !== null,
    onReply: hooks.onReply,
  };
  const connections = Array.from(
    { length: shareOf(options.connections, share, shares) },
    (_, index) => new LoadConnection(index, settings, driver),
  );

  const { connectTimeoutMs, replyTimeoutMs } = options;
  const sweep = setInterval(
    () => {
      const nowMs = performance.now();
      recorder.roll(nowMs);
      for (const connection of connections) {
        connection.checkTimeouts(nowMs, connectTimeoutMs, replyTimeoutMs);
      }
    },
    Math.max(1, Math.min(SWEEP_MS, connectTimeoutMs / 4, replyTimeoutMs / 4)),
  );
  const timers: NodeJS.Timeout[] = [];
  const at = (timeMs: number, action: () => void): void => {
    timers.push(setTimeout(action, Math.max(0, timeMs - performance.now())));
  };
  // Whatever the share waits for, an abort ends it within this turn of the event loop.
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
  const onAbort = (): void => {
    driver.stopSending();
    for (const connection of connections) connection.close();
    abort();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();

  await Promise.race([driver.prepare(connections), aborted]);
  let stopAtMs = Number.POSITIVE_INFINITY;
  let measureFromMs = performance.now();
  if (!signal.aborted) {
    const startAtMs = await Promise.race([hooks.ready(), aborted]);
    if (startAtMs !== undefined) {
      const startMs = startAtMs - performance.timeOrigin;
      measureFromMs = startMs + options.warmupMs;
      stopAtMs = measureFromMs + options.durationMs;
      recorder.begin(measureFromMs);
      // The open model waits for its due times itself.
      const waitMs = options.schedule === null ? startMs - performance.now() : 0;
      if (waitMs > 0) await Promise.race([wait(Math.ceil(waitMs) + 1), aborted]);
      monitor.start();
      if (options.warmupMs > 0) at(measureFromMs, () => monitor.start());
      if (stopAtMs !== Number.POSITIVE_INFINITY) {
        // A timer may fire a little early, and then what is due at last would be lost.
        at(stopAtMs + 1, () => {
          driver.sendDue();
          driver.stopSending();
          at(stopAtMs + options.drainMs, finish);
        });
      }
      driver.start(startMs);
      await Promise.race([finished, aborted]);
    }
  }

  clearInterval(sweep);
  for (const timer of timers) clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  driver.stopSending();
  for (const connection of connections) connection.close();
  const nowMs = performance.now();
  const eventLoop = monitor.stop();
  recorder.finish(nowMs);
  const endMs = Math.max(recorder.lastEventMs, Math.min(stopAtMs, nowMs));
  return {
    sent: recorder.sent,
    replies: recorder.replies,
    failed: recorder.failed,
    unanswered: recorder.unanswered,
    unsent: driver.unsent,
    retried: recorder.retried,
    warmupRequests: recorder.warmupRequests,
    warmupErrors: recorder.warmupErrors,
    errors: recorder.errors,
    sentBytes: recorder.sentBytes,
    receivedBytes: recorder.receivedBytes,
    opened: recorder.opened,
    closedWhileIdle: recorder.closedWhileIdle,
    durationMs: Math.max(0, endMs - measureFromMs),
    firstByte: recorder.firstByte.snapshot(),
    connectTime: recorder.connectTime.snapshot(),
    serviceTime: recorder.serviceTime.snapshot(),
    sendDelay: recorder.sendDelay.snapshot(),
    differences: recorder.differences,
    eventLoop,
  };
}
