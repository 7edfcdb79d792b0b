import { inspect } from 'node:util';
import type { ReplyEvent } from './load-connection.ts';
import { EXPECTED_REPLIES, type ExpectedReply } from './wire-format.ts';
import { NOTEBOOK_MESSAGES } from './workload.ts';

/** What to send, to whom, how often and for how long. */
export interface LoadOptions {
  /** The host to connect to; a name is looked up once. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** The TCP port to connect to, 1 to 65535. */
  readonly port: number;
  /** How many connections are held at the same time, 1 or more. @default 1 */
  readonly connections?: number | undefined;
  /** How many requests each connection sends. @default 1 when no other limit is given */
  readonly requests?: number | undefined;
  /** How many requests all connections together send. @default no limit */
  readonly totalRequests?: number | undefined;
  /** How long requests are sent after the warm-up, in milliseconds. @default no limit */
  readonly durationMs?: number | undefined;
  /** How long requests are sent before anything enters the results, in milliseconds. @default 0 */
  readonly warmupMs?: number | undefined;
  /** How long replies are awaited after the duration, in milliseconds. @default 10000 */
  readonly drainMs?: number | undefined;
  /** The bounds of the random think time before each request, in milliseconds. @default [0, 0] */
  readonly thinkMs?: readonly [minMs: number, maxMs: number] | undefined;
  /** The time over which the connections are opened, in milliseconds. @default 0 */
  readonly rampUpMs?: number | undefined;
  /** The most connections opened a second. @default no limit */
  readonly connectRate?: number | undefined;
  /** After how many requests a connection is closed and opened again. @default never */
  readonly requestsPerConnection?: number | undefined;
  /** How long an attempt to connect may take, in milliseconds. @default 120000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a reply may take, in milliseconds. @default 120000 */
  readonly replyTimeoutMs?: number | undefined;
  /** How often in a row a connection is tried again without progress before it gives up. @default 5 */
  readonly reconnectAttempts?: number | undefined;
  /** The wait before the first such attempt, in milliseconds; it doubles up to a second. @default 100 */
  readonly reconnectDelayMs?: number | undefined;
  /** The messages to send. @default the eight messages of the lecture notebook */
  readonly messages?: readonly string[] | undefined;
  /** How the next message is chosen. @default 'random' */
  readonly messageOrder?: 'random' | 'sequential' | undefined;
  /** What a right reply is; `any` switches the verification off. @default 'upper' */
  readonly expectedReply?: ExpectedReply | undefined;
  /** The seed of every random choice, so that a run can be repeated. @default a random one */
  readonly seed?: number | undefined;
  /** Hears of every reply, in the order of arrival. */
  readonly onReply?: ((reply: ReplyEvent) => void) | undefined;
  /** Stops the run; its promise resolves with what was measured, marked `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options after validation, with every default filled in; it can be posted to a thread. */
export interface ResolvedLoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  readonly totalRequests: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly drainMs: number;
  readonly thinkMs: readonly [minMs: number, maxMs: number];
  readonly rampUpMs: number;
  readonly connectRate: number;
  readonly pipeline: number;
  readonly requestsPerConnection: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly reconnectAttempts: number;
  readonly reconnectDelayMs: number;
  readonly messages: readonly string[];
  readonly messageOrder: 'random' | 'sequential';
  readonly expectedReply: ExpectedReply;
  readonly seed: number;
}

function requireNumber(
  name: string,
  value: unknown,
  allowed: { readonly min: number; readonly max?: number; readonly whole?: boolean },
): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`Cannot use ${inspect(value)} as ${name}: ${name} must be a number`);
  }
  const { min, max = Number.POSITIVE_INFINITY, whole = false } = allowed;
  const unlimited = value === Number.POSITIVE_INFINITY && max === value;
  if (value < min || value > max || (whole && !unlimited && !Number.isSafeInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    const range = max === Number.POSITIVE_INFINITY ? `of ${min} or more` : `from ${min} to ${max}`;
    throw new RangeError(`Cannot use ${value} as ${name}: ${name} must be ${kind} ${range}`);
  }
  return value;
}

function requireThinkMs(value: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`Cannot use ${inspect(value)} as thinkMs: thinkMs must be [min, max]`);
  }
  const min = requireNumber('thinkMs[0]', value[0], { min: 0, max: 2_147_483_647 });
  const max = requireNumber('thinkMs[1]', value[1], { min, max: 2_147_483_647 });
  return [min, max];
}

/**
 * Checks options and fills in the defaults; the input is not changed.
 *
 * @throws {TypeError} when a value has the wrong type or options contradict each other.
 * @throws {RangeError} when a number is out of range.
 */
export function resolveLoadOptions(options: LoadOptions): ResolvedLoadOptions {
  const unlimited = Number.POSITIVE_INFINITY;
  const ms = (name: string, value: number | undefined, fallback: number): number =>
    requireNumber(name, value ?? fallback, { min: 0, max: 2_147_483_647 });
  const count = (name: string, value: number | undefined, fallback: number): number =>
    requireNumber(name, value ?? fallback, { min: 1, whole: true });
  const bounded = (options.requests ?? options.totalRequests ?? options.durationMs) !== undefined;
  const expectedReply = options.expectedReply ?? 'upper';
  if (!EXPECTED_REPLIES.includes(expectedReply)) {
    throw new TypeError(
      `Cannot use ${inspect(expectedReply)} as expectedReply: it must be one of ${EXPECTED_REPLIES.join(', ')}`,
    );
  }
  return {
    host: options.host ?? '127.0.0.1',
    port: requireNumber('port', options.port, { min: 1, max: 65_535, whole: true }),
    connections: requireNumber('connections', options.connections ?? 1, {
      min: 1,
      max: 1_000_000,
      whole: true,
    }),
    requests: count('requests', options.requests, bounded ? unlimited : 1),
    totalRequests: count('totalRequests', options.totalRequests, unlimited),
    durationMs:
      options.durationMs === undefined
        ? unlimited
        : requireNumber('durationMs', options.durationMs, { min: 1, max: 2_147_483_647 }),
    warmupMs: ms('warmupMs', options.warmupMs, 0),
    drainMs: ms('drainMs', options.drainMs, 10_000),
    thinkMs: requireThinkMs(options.thinkMs ?? [0, 0]),
    rampUpMs: ms('rampUpMs', options.rampUpMs, 0),
    connectRate: requireNumber('connectRate', options.connectRate ?? unlimited, { min: 0.001 }),
    pipeline: 1,
    requestsPerConnection: count('requestsPerConnection', options.requestsPerConnection, unlimited),
    connectTimeoutMs: requireNumber('connectTimeoutMs', options.connectTimeoutMs ?? 120_000, {
      min: 1,
      max: 2_147_483_647,
    }),
    replyTimeoutMs: requireNumber('replyTimeoutMs', options.replyTimeoutMs ?? 120_000, {
      min: 1,
      max: 2_147_483_647,
    }),
    reconnectAttempts: requireNumber('reconnectAttempts', options.reconnectAttempts ?? 5, {
      min: 0,
      whole: true,
    }),
    reconnectDelayMs: ms('reconnectDelayMs', options.reconnectDelayMs, 100),
    messages: options.messages ?? NOTEBOOK_MESSAGES,
    messageOrder: options.messageOrder ?? 'random',
    expectedReply,
    seed: requireNumber('seed', options.seed ?? Math.floor(Math.random() * 2 ** 32), {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      whole: true,
    }),
  };
}
