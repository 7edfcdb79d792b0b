import { ClosedDriver } from './closed-driver.ts';
import { ConnectionOpener } from './connection-opener.ts';
import { EventLoopMonitor, type EventLoopLoad } from './event-loop-monitor.ts';
import type { ErrorCounts } from './error-class.ts';
import type { CountsSnapshot } from './latency-counts.ts';
import { LoadConnection, type ConnectionDriver, type ReplyEvent } from './load-connection.ts';
import type { ResolvedLoadOptions } from './load-options.ts';
import { createRandomSource } from './random-source.ts';
import { Recorder, type IntervalSnapshot, type ReplyDifference } from './recorder.ts';
import { createSocketOpener, type ResolvedTarget } from './socket-opener.ts';
import { createRawFormat } from './wire-format.ts';
import { createStaticWorkload, prepareRequest } from './workload.ts';

/** The part of a run that one thread does; it can be posted to a thread. */
export interface ShareOptions {
  readonly options: ResolvedLoadOptions;
  readonly target: ResolvedTarget;
  /** Which share it is, from 0. */
  readonly share: number;
  /** How many shares there are. */
  readonly shares: number;
  /** When the run starts for all shares, in milliseconds since the epoch, with fractions. */
  readonly startAtMs: number;
}

/** What one share measured, next to its intervals. */
export interface ShareResult {
  readonly sent: number;
  readonly replies: number;
  readonly failed: number;
  readonly unanswered: number;
  readonly unsent: number;
  readonly warmupRequests: number;
  readonly warmupErrors: ErrorCounts;
  readonly errors: ErrorCounts;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly opened: number;
  readonly closedWhileIdle: number;
  /** From the end of the warm-up to the last event or the planned end, in milliseconds. */
  readonly durationMs: number;
  readonly firstByte: CountsSnapshot;
  readonly connectTime: CountsSnapshot;
  readonly serviceTime: CountsSnapshot;
  readonly sendDelay: CountsSnapshot;
  readonly differences: readonly ReplyDifference[];
  readonly eventLoop: EventLoopLoad;
}

/** What a share tells while it runs. */
export interface ShareHooks {
  readonly onInterval: (interval: IntervalSnapshot) => void;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
  /** Stops the share at once. */
  readonly signal: AbortSignal;
}

/** A load model as a share sees it. */
interface ShareDriver extends ConnectionDriver {
  start(connections: readonly LoadConnection[]): void;
  stopSending(): void;
  readonly unsent: number;
}

/** Returns how much of a total the share gets; the shares together get all of it. */
export function shareOf(total: number, share: number, shares: number): number {
  if (total === Number.POSITIVE_INFINITY) return total;
  return Math.floor(total / shares) + (share < total % shares ? 1 : 0);
}

/** Runs one share of a load and resolves when all its sockets are closed. */
export async function runShare(plan: ShareOptions, hooks: ShareHooks): Promise<ShareResult> {
  const { options, share, shares } = plan;
  const random = createRandomSource(options.seed + share * 7919);
  const format = createRawFormat(options.expectedReply);
  const requests = options.messages.map((message) => prepareRequest(format, Buffer.from(message)));
  const workload = createStaticWorkload(requests, options.messageOrder, random);

  const startMs = plan.startAtMs - performance.timeOrigin;
  const measureFromMs = startMs + options.warmupMs;
  const stopAtMs = measureFromMs + options.durationMs;
  const recorder = new Recorder(measureFromMs, hooks.onInterval);
  const monitor = new EventLoopMonitor();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();

  const opener = new ConnectionOpener({
    rampUpMs: options.rampUpMs,
    connectRate: options.connectRate / shares,
    reconnectAttempts: options.reconnectAttempts,
    reconnectDelayMs: options.reconnectDelayMs,
  });
  const driver: ShareDriver = new ClosedDriver(
    {
      pipeline: options.pipeline,
      thinkMs: options.thinkMs,
      requestsEach: options.requests,
      requestsInAll: shareOf(options.totalRequests, share, shares),
      requestsPerConnection: options.requestsPerConnection,
    },
    workload,
    random,
    opener,
    finish,
  );
  const settings = {
    openSocket: createSocketOpener(plan.target),
    secure: false,
    format,
    recorder,
    pipeline: options.pipeline,
    separateServiceTime: false,
    onReply: hooks.onReply,
  };
  const connections = Array.from(
    { length: shareOf(options.connections, share, shares) },
    (_, index) => new LoadConnection(index, settings, driver),
  );

  const sweepMs = Math.min(100, options.replyTimeoutMs / 4, options.connectTimeoutMs / 4);
  const sweep = setInterval(
    () => {
      const nowMs = performance.now();
      recorder.roll(nowMs);
      for (const connection of connections) {
        connection.checkTimeouts(nowMs, options.connectTimeoutMs, options.replyTimeoutMs);
      }
    },
    Math.max(1, sweepMs),
  );
  const timers: NodeJS.Timeout[] = [];
  const after = (delayMs: number, action: () => void): void => {
    timers.push(setTimeout(action, Math.max(0, delayMs)));
  };
  const onAbort = (): void => finish();
  hooks.signal.addEventListener('abort', onAbort, { once: true });

  await waitUntil(startMs, hooks.signal);
  monitor.start();
  if (!hooks.signal.aborted) {
    if (options.warmupMs > 0) after(options.warmupMs, () => monitor.start());
    if (options.durationMs !== Number.POSITIVE_INFINITY) {
      after(stopAtMs - performance.now(), () => {
        driver.stopSending();
        after(options.drainMs, finish);
      });
    }
    driver.start(connections);
    await finished;
  }

  clearInterval(sweep);
  for (const timer of timers) clearTimeout(timer);
  hooks.signal.removeEventListener('abort', onAbort);
  driver.stopSending();
  for (const connection of connections) connection.close();
  const nowMs = performance.now();
  recorder.finish(nowMs);
  const endMs = Math.max(recorder.lastEventMs, Math.min(stopAtMs, nowMs));
  return {
    sent: recorder.sent,
    replies: recorder.replies,
    failed: recorder.failed,
    unanswered: recorder.unanswered,
    unsent: driver.unsent,
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
    eventLoop: monitor.stop(),
  };
}

async function waitUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = atMs - performance.now();
  if (waitMs <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    signal.addEventListener('abort', end, { once: true });
  });
}
