import {
  type IntegerBounds,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import { createAddressList } from './address-list.ts';

/** The longest time that a Node timer can wait, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What a guard allows. Plain data that survives a structured clone. Everything is off
 * unless it is given: what is too long or too slow depends on the protocol.
 */
export interface GuardOptions {
  /**
   * Addresses that may connect: addresses, subnets (`10.0.0.0/8`) and ranges
   * (`192.0.2.1-192.0.2.9`) of either family. An empty list allows every address.
   * @default []
   */
  readonly allow?: readonly string[];
  /**
   * Addresses that may not connect, even if `allow` has them.
   * @default []
   */
  readonly deny?: readonly string[];
  /**
   * Connections that one client address may have open at once.
   * @default Infinity
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Leading bits of an IPv6 address that make one client for
   * `maxConnectionsPerAddress`: a client often has a whole /64 (RFC 6177).
   * @default 64
   */
  readonly ipv6PrefixBits?: number;
  /**
   * Time for the client to send its first byte, in milliseconds. Not for protocols in
   * which a client may only listen.
   * @default Infinity
   */
  readonly firstByteTimeoutMs?: number;
  /**
   * Time in which neither side sends anything and nothing waits for the client to take it, in
   * milliseconds. A client that waits longer than this for a reply is cut too. Off by default:
   * WebSockets and subscriptions are silent for hours and in order.
   * @default Infinity
   */
  readonly idleTimeoutMs?: number;
  /**
   * Time in which a client takes none of the bytes that wait for it, in milliseconds. The kernel
   * takes them in steps of up to a third of its send buffer: 1.4 MB of the 4 MB that Linux allows,
   * so that 15,000 bears a client of 100 KB a second, and 60,000 one of 25.
   * @default with idleTimeoutMs 60_000, or as long as that if it is longer; else Infinity
   */
  readonly unreadTimeoutMs?: number;
  /**
   * The lowest rate at which a client may go on sending, in bytes per second. Measured
   * over a burst: from the client's first byte after a reply to its latest one. A
   * client that is silent, because it is idle or waits for a reply, isn't measured, nor is one
   * that has sent a whole HTTP request which is not yet answered, whatever it sends besides.
   * Not for other protocols in which a client sends now and then and never gets a reply.
   * @default 0
   */
  readonly minBytesPerSecond?: number;
  /**
   * The lowest rate at which a client may take the bytes that wait for it, in bytes per second,
   * from when they began to wait. What the kernel buffers counts as taken.
   * @default 0
   */
  readonly minReadBytesPerSecond?: number;
  /**
   * How long a client may be slower than `minBytesPerSecond` or `minReadBytesPerSecond`, in
   * milliseconds.
   * @default 10_000
   */
  readonly rateGraceMs?: number;
  /**
   * How long a connection may be open, in milliseconds.
   * @default Infinity
   */
  readonly maxLifetimeMs?: number;
  /**
   * How many bytes a client may send on one connection.
   * @default Infinity
   */
  readonly maxConnectionBytes?: number;
  /**
   * How many bytes all connections of the guard together may have buffered in their
   * streams. Above it, those with the most are closed until the rest fits.
   * @default Infinity
   */
  readonly maxTotalBufferedBytes?: number;
  /**
   * How often the connections are looked at, in milliseconds: a limit may act one and a half
   * times as late, and between two looks the memory is not bounded.
   * @default 1_000
   */
  readonly sweepIntervalMs?: number;
}

/** How long bytes may wait for a client that is told to be no longer idle than this. */
const UNREAD_TIMEOUT_MS = 60_000;

/** {@link GuardOptions} checked and with every default filled in. */
export type ResolvedGuardOptions = Required<GuardOptions>;

/** The defaults of all options. */
export const GUARD_DEFAULTS: ResolvedGuardOptions = Object.freeze({
  allow: Object.freeze([]),
  deny: Object.freeze([]),
  maxConnectionsPerAddress: Infinity,
  ipv6PrefixBits: 64,
  firstByteTimeoutMs: Infinity,
  idleTimeoutMs: Infinity,
  unreadTimeoutMs: Infinity,
  minBytesPerSecond: 0,
  minReadBytesPerSecond: 0,
  rateGraceMs: 10_000,
  maxLifetimeMs: Infinity,
  maxConnectionBytes: Infinity,
  maxTotalBufferedBytes: Infinity,
  sweepIntervalMs: 1_000,
});

const NUMBERS = Object.freeze({
  maxConnectionsPerAddress: { min: 1, orInfinity: true },
  ipv6PrefixBits: { min: 1, max: 128 },
  firstByteTimeoutMs: { min: 1, orInfinity: true },
  idleTimeoutMs: { min: 1, orInfinity: true },
  unreadTimeoutMs: { min: 1, orInfinity: true },
  minBytesPerSecond: { min: 0 },
  minReadBytesPerSecond: { min: 0 },
  rateGraceMs: { min: 0, max: MAX_TIMER_MS },
  maxLifetimeMs: { min: 1, orInfinity: true },
  maxConnectionBytes: { min: 1, orInfinity: true },
  maxTotalBufferedBytes: { min: 1, orInfinity: true },
  sweepIntervalMs: { min: 1, max: MAX_TIMER_MS },
} satisfies Record<string, IntegerBounds>);

/**
 * Checks the options of a guard and fills in the defaults. Does not change its input.
 *
 * @param options what the caller gave
 * @param within what messages put before the name of an option, such as `protection.`
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveGuardOptions(
  options: GuardOptions = {},
  within: string = '',
): ResolvedGuardOptions {
  requireObject('The options of a guard', options);
  requireKnownOptions(options, GUARD_DEFAULTS, { within });
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as GuardOptions;
  const { idleTimeoutMs = GUARD_DEFAULTS.idleTimeoutMs } = given;
  const unreadTimeoutMs =
    idleTimeoutMs === Infinity ? Infinity : Math.max(idleTimeoutMs, UNREAD_TIMEOUT_MS);
  const resolved = { ...GUARD_DEFAULTS, unreadTimeoutMs, ...given };
  for (const [name, bounds] of Object.entries(NUMBERS)) {
    requireInteger(within + name, resolved[name as keyof typeof NUMBERS], bounds);
  }
  createAddressList(`${within}allow`, resolved.allow);
  createAddressList(`${within}deny`, resolved.deny);
  return Object.freeze({
    ...resolved,
    allow: Object.freeze([...resolved.allow]),
    deny: Object.freeze([...resolved.deny]),
  });
}
