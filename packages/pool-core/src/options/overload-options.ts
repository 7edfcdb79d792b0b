import { UnsupportedOptionError } from '../errors/errors.ts';
import {
  describeValue,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
  requireOneOf,
} from '@sockpool/option-checks';

/** What a pool does with clients for whom it has no capacity. */
export type OverloadPolicy = 'wait' | 'reject' | 'drop-oldest';

/** All policies, for messages and validation. */
const OVERLOAD_POLICIES: readonly OverloadPolicy[] = ['wait', 'reject', 'drop-oldest'];

/**
 * Why a connection was shed.
 *
 * - `queue-full`: it came when as many waited as may (`reject`).
 * - `queue-timeout`: it had waited for `queueTimeoutMs`.
 * - `dropped-oldest`: it had waited for the longest when one more came than may wait (`drop-oldest`).
 */
export type ShedReason = 'queue-full' | 'queue-timeout' | 'dropped-oldest';

/** A connection that was shed. */
export interface ShedConnection {
  readonly reason: ShedReason;
  /** The client's address; undefined for a unix-domain socket, or if the client was gone already. */
  readonly remoteAddress: string | undefined;
  /** How long it had waited for capacity, in milliseconds. */
  readonly waitedMs: number;
}

/** What a pool does when the pool is full. */
export interface OverloadOptions {
  /**
   * - `'wait'`: accepts nothing; clients wait in the kernel's backlog, without a deadline.
   * - `'reject'`: accepts, and lets clients wait in a queue. Who comes when it is
   *   full, or has waited for too long, is told so and closed.
   * - `'drop-oldest'`: as `reject`, but when the queue is full the one that has waited for the
   *   longest goes, in favor of the newest.
   * @default 'wait'
   */
  readonly policy?: OverloadPolicy;
  /**
   * Connections that may wait in the primary, 0 (`drop-oldest`: 1) to 65,536.
   * @default 1_024
   */
  readonly maxQueuedConnections?: number;
  /**
   * How long a connection may wait there, in milliseconds; `Infinity` for no limit.
   * @default 5_000
   */
  readonly queueTimeoutMs?: number;
  /**
   * What a connection that is shed gets to read before its end, up to 65,536 bytes;
   * `'http-503'` is a complete HTTP/1.1 response with status 503, `Retry-After: 1` and
   * `Connection: close`.
   * @default nothing
   */
  readonly rejectWith?: string | Uint8Array | 'http-503';
}

/** {@link OverloadOptions} checked, with defaults filled in. */
export interface ResolvedOverloadOptions {
  readonly policy: OverloadPolicy;
  readonly maxQueuedConnections: number;
  readonly queueTimeoutMs: number;
  /** The bytes, undefined for none. */
  readonly rejectWith: Uint8Array | undefined;
}

/** What `wait` does: whatever comes in the moment before accepting stops waits without a limit. */
export const WAIT: ResolvedOverloadOptions = Object.freeze({
  policy: 'wait',
  maxQueuedConnections: Infinity,
  queueTimeoutMs: Infinity,
  rejectWith: undefined,
});

const OVERLOAD_DEFAULTS = Object.freeze({
  policy: 'wait' as OverloadPolicy,
  maxQueuedConnections: 1_024,
  queueTimeoutMs: 5_000,
  rejectWith: undefined,
} satisfies Record<keyof OverloadOptions, unknown>);

/** The most connections that may wait. */
const MAX_QUEUED = 65_536;

/** The most bytes for a connection that is shed: what a socket takes at once. */
const MAX_REJECT_BYTES = 65_536;

const HTTP_503_BODY = 'Service Unavailable\n';

/** RFC 9110, 15.6.4 and 10.2.3. */
const HTTP_503 = [
  'HTTP/1.1 503 Service Unavailable',
  'Connection: close',
  'Retry-After: 1',
  'Cache-Control: no-store',
  'Content-Type: text/plain',
  `Content-Length: ${HTTP_503_BODY.length}`,
  '',
  HTTP_503_BODY,
].join('\r\n');

/**
 * Checks what to do when the pool is full, and fills in the defaults. Does not
 * change its input.
 *
 * @param options what the caller gave
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds, or `rejectWith` is too long
 * @throws {UnsupportedOptionError} when an option of the queue is given, but the policy has none
 */
export function resolveOverloadOptions(
  options: OverloadOptions | undefined,
): ResolvedOverloadOptions {
  const given = requireObject('Option overload', options ?? {}, "{ policy: 'reject' }");
  requireKnownOptions(given, OVERLOAD_DEFAULTS, { within: 'overload.' });
  const policy = requireOneOf(
    'overload.policy',
    given.policy ?? OVERLOAD_DEFAULTS.policy,
    OVERLOAD_POLICIES,
  );
  if (policy === 'wait') {
    requireNoQueue(given);
    return WAIT;
  }
  return Object.freeze({
    policy,
    maxQueuedConnections: requireInteger(
      'overload.maxQueuedConnections',
      given.maxQueuedConnections ?? OVERLOAD_DEFAULTS.maxQueuedConnections,
      { min: policy === 'drop-oldest' ? 1 : 0, max: MAX_QUEUED },
    ),
    queueTimeoutMs: requireDurationMs(
      'overload.queueTimeoutMs',
      given.queueTimeoutMs ?? OVERLOAD_DEFAULTS.queueTimeoutMs,
      { orInfinity: true },
    ),
    rejectWith: resolveRejectWith(given.rejectWith),
  });
}

function requireNoQueue(given: OverloadOptions): void {
  for (const name of ['maxQueuedConnections', 'queueTimeoutMs', 'rejectWith'] as const) {
    if ((given[name] ?? undefined) === undefined) continue;
    throw new UnsupportedOptionError(
      `Cannot use overload.${name} with the policy 'wait', which leaves clients in the kernel's ` +
        "backlog: give overload.policy 'reject' or 'drop-oldest' as well",
    );
  }
}

function resolveRejectWith(rejectWith: OverloadOptions['rejectWith']): Uint8Array | undefined {
  if ((rejectWith ?? undefined) === undefined) return undefined;
  if (typeof rejectWith !== 'string' && !(rejectWith instanceof Uint8Array)) {
    throw new TypeError(
      `Option overload.rejectWith must be 'http-503', a string or a Uint8Array, got ${describeValue(rejectWith)}`,
    );
  }
  // A copy, so that later changes by the caller have no effect.
  const bytes = Buffer.from(rejectWith === 'http-503' ? HTTP_503 : rejectWith);
  if (bytes.length > MAX_REJECT_BYTES) {
    throw new RangeError(
      `Option overload.rejectWith must have ${MAX_REJECT_BYTES} bytes at most, got ${bytes.length}`,
    );
  }
  return bytes.length === 0 ? undefined : bytes;
}
