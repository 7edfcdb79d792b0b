import { setTimeout as wait } from 'node:timers/promises';
import { ConnectionOpener } from '../connection/connection-opener.ts';
import { EventLoopMonitor } from '../measure/event-loop-monitor.ts';
import { createHttp2Format } from '../http/http2-format.ts';
import { createHttpFormat } from '../http/http-format.ts';
import { httpMessages } from '../http/http-requests.ts';
import { ByteConnection } from '../connection/byte-connection.ts';
import type { ConnectionDriver } from '../connection/connection-driver.ts';
import type { ConnectionSettings, LoadConnection } from '../connection/load-connection.ts';
import type { ReplyEvent } from '../connection/reply-event.ts';
import { describeTarget, type ResolvedLoadOptions } from '../options/load-options.ts';
import { createRandomSource } from '../random-source.ts';
import { Recorder, type IntervalSnapshot } from '../measure/recorder.ts';
import type { ShareResult } from '../result/share-result.ts';
import { createDriver, shareOf, type SharePlan } from './share-driver.ts';
import { createSocketOpener } from '../target/socket-opener.ts';
import { createFramingFormat, type WireFormat } from '../messages/wire-format.ts';
import { createModuleFormat } from './module-format.ts';
import { SessionRecorder } from '../session/session-recorder.ts';
import { createSessionScript } from '../session/session-script.ts';
import { createWorkload } from '../messages/workload.ts';

/** How a share talks to the run. */
export interface ShareHooks {
  /** Tells that the share is ready; resolves with the common start, in milliseconds since the epoch. */
  readonly ready: () => Promise<number>;
  readonly onInterval: (interval: IntervalSnapshot) => void;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
  /** Takes an error of the user's code, which ends the run with what was measured. */
  readonly fail: (error: Error) => void;
  /** Stops the share at once. */
  readonly signal: AbortSignal;
  /** Ends the sending, as the end of the duration does. */
  readonly stopSignal: AbortSignal;
}

/** Between two checks for timeouts pass at most so many milliseconds. */
const SWEEP_MS = 100;

/**
 * Returns the right replies a second while the load was on. A short load whose replies came later
 * for the most part, as with one request a connection, is measured to its last event instead.
 */
function rateUnderLoad(
  recorder: Recorder,
  fromMs: number,
  endMs: number,
  aborted: boolean,
): number {
  const { replies, repliesInLoad, loadEndsMs } = recorder;
  const ended = loadEndsMs !== Number.POSITIVE_INFINITY && !aborted;
  const inLoad = ended && repliesInLoad * 2 >= replies;
  const [count, untilMs] = inLoad ? [repliesInLoad, loadEndsMs] : [replies, endMs];
  return count === 0 || untilMs <= fromMs ? 0 : (count / (untilMs - fromMs)) * 1000;
}

/** Tells how the connections of a share fared. */
function countConnections(
  connections: readonly LoadConnection[],
  gaveUp: ReadonlySet<LoadConnection>,
): ShareResult['connections'] {
  const reasons: Record<string, number> = {};
  for (const connection of connections) {
    if (!gaveUp.has(connection) && !connection.unopened) continue;
    const reason = connection.lastFailure ?? 'still connecting when the run ended';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return {
    worked: connections.filter(({ worked }) => worked).length,
    gaveUp: gaveUp.size,
    unopened: connections.filter(({ unopened }) => unopened).length,
    reasons,
  };
}

/** Returns the class of connections that speak a format; HTTP/2 costs nothing where nobody speaks it. */
async function connectionClass(
  format: WireFormat,
): Promise<
  new (index: number, settings: ConnectionSettings, driver: ConnectionDriver) => LoadConnection
> {
  if (format.toStream === undefined) return ByteConnection;
  return (await import('../connection/http2-connection.ts')).Http2Connection;
}

/** Creates the format of what the options say is spoken. */
async function createFormat(
  options: ResolvedLoadOptions,
  fail: (error: Error) => void,
): Promise<WireFormat> {
  const { websocket, framing, framingModule, expectedReply, session } = options;
  const ofSession = session?.isHttp === true ? { requests: [], version: session.version } : null;
  const http = options.http ?? ofSession;
  const authority = options.path === null ? describeTarget(options) : 'localhost';
  if (http !== null) {
    return http.version === '2'
      ? createHttp2Format(http, authority, options.tls !== null)
      : createHttpFormat(http, authority);
  }
  if (websocket !== null) {
    const { createWebSocketFormat } = await import('../websocket/websocket-format.ts');
    return createWebSocketFormat(websocket, expectedReply, authority);
  }
  if (framingModule === null) return createFramingFormat(framing, expectedReply);
  // Not within the call: it may come from the middle of a read.
  return createModuleFormat(framingModule, expectedReply, (error) =>
    queueMicrotask(() => fail(error)),
  );
}

/** Runs one share of a load and resolves when all its sockets are closed. */
export async function runShare(plan: SharePlan, hooks: ShareHooks): Promise<ShareResult> {
  const { options, share, shares } = plan;
  const { signal, stopSignal } = hooks;
  const { http, messageBytes, messageOrder: order } = options;
  const format = await createFormat(options, hooks.fail);
  const messages = http === null ? options.messages : httpMessages(http);
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
  const sessions =
    options.session === null
      ? null
      : new SessionRecorder(options.session.steps.length, (ms) => recorder.measures(ms));
  const script =
    options.session === null || sessions === null
      ? null
      : createSessionScript({
          session: options.session,
          format,
          recorder: sessions,
          random: createRandomSource(options.seed + share * 7919 + 2),
          secure: options.tls !== null,
          share,
          shares,
        });
  const driver = createDriver(plan, workload, script, opener, recorder, monitor, finish);
  const settings = {
    openSocket: await createSocketOpener(
      plan.target,
      options.tls,
      format.toStream === undefined ? null : 'h2',
    ),
    secure: options.tls !== null,
    format,
    recorder,
    pipeline: options.pipeline,
    retries: options.retries,
    separateServiceTime: options.schedule !== null,
    onReply: hooks.onReply,
  };
  const Connection = await connectionClass(format);
  const connections = Array.from(
    { length: shareOf(options.connections, share, shares) },
    (_, index) => new Connection(index, settings, driver),
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

  let stopAtMs = Number.POSITIVE_INFINITY;
  let measureFromMs = performance.now();
  const stopSending = (): void => {
    if (performance.now() < stopAtMs) stopAtMs = performance.now();
    recorder.endLoad(stopAtMs);
    const drain = (): void => {
      driver.stopSending();
      at(performance.now() + options.drainMs, finish);
    };
    at(performance.now() + options.drainMs, drain);
    driver.windDown(drain);
  };
  stopSignal.addEventListener('abort', stopSending, { once: true });
  if (stopSignal.aborted) stopSending();

  await Promise.race([driver.prepare(connections), aborted]);
  if (!signal.aborted) {
    const startAtMs = await Promise.race([hooks.ready(), aborted]);
    if (startAtMs !== undefined) {
      const startMs = startAtMs - performance.timeOrigin;
      measureFromMs = startMs + options.warmupMs;
      stopAtMs = stopSignal.aborted ? measureFromMs : measureFromMs + options.durationMs;
      recorder.begin(measureFromMs);
      recorder.endLoad(stopAtMs);
      // The open model waits for its due times itself.
      const waitMs = options.schedule === null ? startMs - performance.now() : 0;
      if (waitMs > 0) await Promise.race([wait(Math.ceil(waitMs) + 1), aborted]);
      monitor.start();
      if (options.warmupMs > 0) at(measureFromMs, () => monitor.start());
      if (Number.isFinite(stopAtMs) && !stopSignal.aborted) {
        // A timer may fire a little early, and then what is due at last would be lost.
        const stopInTime = (): void => {
          if (performance.now() < stopAtMs) at(stopAtMs + 1, stopInTime);
          else stopSending();
        };
        at(stopAtMs + 1, stopInTime);
      }
      driver.start(startMs);
      await Promise.race([finished, aborted]);
    }
  }

  clearInterval(sweep);
  for (const timer of timers) clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  stopSignal.removeEventListener('abort', stopSending);
  driver.stopSending();
  for (const connection of connections) connection.close();
  script?.stop();
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
    errorReasons: recorder.reasons.snapshot(),
    statuses: recorder.statuses,
    connections: countConnections(connections, opener.gaveUp),
    sentBytes: recorder.sentBytes,
    receivedBytes: recorder.receivedBytes,
    opened: recorder.opened,
    closedWhileIdle: recorder.closedWhileIdle,
    closedAsAnnounced: recorder.closedAsAnnounced,
    fullHandshakes: recorder.fullHandshakes,
    resumedHandshakes: recorder.resumedHandshakes,
    durationMs: Math.max(0, endMs - measureFromMs),
    repliesPerSecond: rateUnderLoad(recorder, measureFromMs, endMs, signal.aborted),
    firstByte: recorder.firstByte.snapshot(),
    connectTime: recorder.connectTime.snapshot(),
    serviceTime: recorder.serviceTime.snapshot(),
    sendDelay: recorder.sendDelay.snapshot(),
    differences: recorder.differences,
    sessions: sessions?.snapshot() ?? null,
    eventLoop,
  };
}
