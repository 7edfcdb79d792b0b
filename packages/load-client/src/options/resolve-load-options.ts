import { inspect } from 'node:util';
import { FRAMINGS } from '@sockpool/echo-protocol';
import { ARRIVAL_PROCESSES } from '../model/arrivals.ts';
import { resolveHttpOptions } from '../http/http-requests.ts';
import { LOAD_DEFAULTS, type LoadOptions, type ResolvedLoadOptions } from './load-options.ts';
import { MAX_TIMER_MS, requireBounds, requireNumber } from '../option-checks.ts';
import { requireKnownOptions, requireObject, requireOneOf } from '@sockpool/option-checks';
import { checkConflicts } from './option-conflicts.ts';
import { KNOWN_LOAD_OPTIONS } from './known-load-options.ts';
import { PACINGS } from '../model/pacer.ts';
import type { RateStage } from '../model/rate-schedule.ts';
import { resolveThinkTime } from '../model/think-time.ts';
import { resolveSession } from '../session/resolve-session.ts';
import type { LoadTlsOptions } from '../target/socket-opener.ts';
import { resolveWebSocketOptions } from '../websocket/websocket-options.ts';
import { EXPECTED_REPLIES } from '../messages/expected-reply.ts';
import { MESSAGE_ORDERS } from '../messages/workload.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;
const TIME = { min: 0, max: MAX_TIMER_MS };
const LIMIT = { min: 1, max: MAX_TIMER_MS };
const COUNT = { min: 1, whole: true };
const RATE = { min: 0, max: 10_000_000 };

/** The least reply timeout of a run by time, whatever its drain, in milliseconds. */
const MIN_REPLY_TIMEOUT_MS = 1000;

function checkStages(stages: readonly RateStage[]): RateStage[] {
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new TypeError(
      `Option stages must be a list of one stage or more, got ${inspect(stages)}`,
    );
  }
  return stages.map(({ durationMs, rate, toRate = rate }, index) => ({
    durationMs: requireNumber(`stages[${index}].durationMs`, durationMs, LIMIT),
    rate: requireNumber(`stages[${index}].rate`, rate, RATE),
    toRate: requireNumber(`stages[${index}].toRate`, toRate, RATE),
  }));
}

/** Returns the whole schedule of an open run: warm-up, ramp-up, and what is measured. */
function resolveSchedule(options: LoadOptions): readonly RateStage[] | null {
  const warmupMs = options.warmupMs ?? 0;
  if (options.stages !== undefined) {
    const stages = checkStages(options.stages);
    return [{ durationMs: warmupMs, rate: stages[0]?.rate ?? 0 }, ...stages];
  }
  if (options.rate === undefined) return null;
  const rate = requireNumber('rate', options.rate, { ...RATE, min: 0.001 });
  const wholeMs = warmupMs + (options.durationMs ?? UNLIMITED);
  const rampUpMs = Math.min(options.rampUpMs ?? 0, wholeMs);
  return [
    { durationMs: rampUpMs, rate: 0, toRate: rate },
    { durationMs: wholeMs - rampUpMs, rate },
  ];
}

function resolveTls(tls: LoadOptions['tls']): LoadTlsOptions | null {
  if (tls === undefined || tls === false) return null;
  if (tls === true) return {};
  if (typeof tls === 'object' && tls !== null) return { ...tls };
  throw new TypeError(`Option tls must be true, false or an object, got ${inspect(tls)}`);
}

function resolveStart(startAt: LoadOptions['startAt']): number | null {
  if (startAt === undefined) return null;
  const startAtMs = requireNumber('startAt', Number(startAt), { min: 0 });
  const waitMs = startAtMs - Date.now();
  if (waitMs >= 0 && waitMs <= MAX_TIMER_MS) return startAtMs;
  throw new RangeError(
    `Cannot start at ${new Date(startAtMs).toISOString()}: it ${waitMs < 0 ? `is over since ${Math.ceil(-waitMs)} ms` : 'is more than 24 days away'}`,
  );
}

function resolveDuration(options: LoadOptions): number {
  if (options.stages !== undefined) {
    return options.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  }
  if (options.durationMs === undefined) return UNLIMITED;
  return requireNumber('durationMs', options.durationMs, LIMIT);
}

/**
 * Checks options and fills in the defaults; the input is not changed.
 *
 * @throws {TypeError} when an option is unknown or has the wrong type, or options contradict each
 *   other
 * @throws {RangeError} when a number is out of range
 */
export function resolveLoadOptions(options: LoadOptions): ResolvedLoadOptions {
  requireObject('Options of runLoad()', options, '{ port: 3000 }');
  requireKnownOptions(options, KNOWN_LOAD_OPTIONS, {
    of: 'runLoad()',
    // The command takes a URL; the library does not.
    elsewhere: { url: "host, port and http: { requests: ['GET /'] }" },
  });
  const open = options.rate !== undefined || options.stages !== undefined;
  checkConflicts(options, open);
  const limited = options.totalRequests !== undefined || options.durationMs !== undefined || open;
  const defaults = LOAD_DEFAULTS;
  const number = (
    name:
      | 'connections'
      | 'threads'
      | 'pipeline'
      | 'warmupMs'
      | 'drainMs'
      | 'rampUpMs'
      | 'retries'
      | 'connectTimeoutMs'
      | 'replyTimeoutMs'
      | 'reconnectDelayMs'
      | 'requestsPerConnection',
    allowed: { readonly min: number; readonly max?: number; readonly whole?: boolean },
  ): number => requireNumber(name, options[name] ?? defaults[name], allowed);
  const durationMs = resolveDuration(options);
  const drainMs = number('drainMs', TIME);
  const thinkMs = resolveThinkTime('thinkMs', options.thinkMs);
  const connections = number('connections', { min: 1, max: 1_000_000, whole: true });
  const threads = number('threads', { min: 1, max: 256, whole: true });
  if (threads > connections) {
    throw new RangeError(
      `Cannot share ${connections} connections among ${threads} threads: each thread needs one`,
    );
  }
  return {
    host: options.host ?? defaults.host,
    port:
      options.path === undefined
        ? requireNumber('port', options.port, { min: 1, max: 65_535, whole: true })
        : 0,
    path: options.path ?? null,
    tls: resolveTls(options.tls),
    label: options.label ?? null,
    connections,
    threads,
    pipeline: number('pipeline', { min: 1, max: 100_000, whole: true }),
    requests: requireNumber('requests', options.requests ?? (limited ? UNLIMITED : 1), COUNT),
    session: options.session === undefined ? null : resolveSession(options.session, thinkMs),
    sessions: requireNumber(
      'sessions',
      options.sessions ?? (durationMs === UNLIMITED ? 1 : UNLIMITED),
      COUNT,
    ),
    totalRequests: requireNumber('totalRequests', options.totalRequests ?? UNLIMITED, COUNT),
    durationMs,
    warmupMs: number('warmupMs', TIME),
    drainMs,
    startAtMs: resolveStart(options.startAt),
    thinkMs,
    schedule: resolveSchedule(options),
    arrivals: requireOneOf('arrivals', options.arrivals ?? defaults.arrivals, ARRIVAL_PROCESSES),
    pacing: requireOneOf('pacing', options.pacing ?? defaults.pacing, PACINGS),
    rampUpMs: number('rampUpMs', TIME),
    connectRate: requireNumber('connectRate', options.connectRate ?? UNLIMITED, { min: 0.001 }),
    requestsPerConnection: number('requestsPerConnection', COUNT),
    connectTimeoutMs: number('connectTimeoutMs', LIMIT),
    replyTimeoutMs:
      options.replyTimeoutMs === undefined && durationMs !== UNLIMITED
        ? Math.min(defaults.replyTimeoutMs, Math.max(MIN_REPLY_TIMEOUT_MS, drainMs))
        : number('replyTimeoutMs', LIMIT),
    reconnectAttempts: requireNumber(
      'reconnectAttempts',
      options.reconnectAttempts ??
        (durationMs === UNLIMITED ? defaults.reconnectAttempts : UNLIMITED),
      { min: 0, whole: true },
    ),
    reconnectDelayMs: number('reconnectDelayMs', TIME),
    retries: number('retries', { min: 0, max: 1_000_000, whole: true }),
    messages: options.messages ?? defaults.messages,
    messageBytes:
      options.messageBytes === undefined
        ? null
        : requireBounds('messageBytes', options.messageBytes, {
            min: 1,
            max: 268_435_456,
            whole: true,
          }),
    messageOrder: requireOneOf(
      'messageOrder',
      options.messageOrder ?? defaults.messageOrder,
      MESSAGE_ORDERS,
    ),
    framing: requireOneOf('framing', options.framing ?? defaults.framing, FRAMINGS),
    framingModule: options.framingModule ?? null,
    http: options.http === undefined ? null : resolveHttpOptions(options.http),
    websocket: options.websocket === undefined ? null : resolveWebSocketOptions(options.websocket),
    expectedReply: requireOneOf(
      'expectedReply',
      options.expectedReply ?? defaults.expectedReply,
      EXPECTED_REPLIES,
    ),
    seed: requireNumber('seed', options.seed ?? Math.floor(Math.random() * 2 ** 32), {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      whole: true,
    }),
  };
}
