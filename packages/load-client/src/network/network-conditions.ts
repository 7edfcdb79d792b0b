import { MAX_TIMER_MS, requireBounds, requireKnown, requireNumber } from '../option-checks.ts';

/** How a network treats the bytes that pass through it, each way by itself. */
export interface NetworkConditions {
  /**
   * How long bytes, ends and resets are under way in each direction, in milliseconds. A
   * round trip takes twice as long.
   * @default 0
   */
  readonly delayMs?: number | undefined;
  /**
   * By how much longer, at most, each piece of data is under way, in milliseconds; evenly
   * distributed. Nothing overtakes what was sent before it.
   * @default 0
   */
  readonly jitterMs?: number | undefined;
  /**
   * Bytes a second of each direction of each connection.
   * @default Infinity
   */
  readonly bytesPerSecond?: number | undefined;
  /**
   * The age at which a connection is reset on both sides, in milliseconds: drawn for each
   * connection between the two bounds. `null` cuts none.
   * @default null
   */
  readonly cutAfterMs?: readonly [minMs: number, maxMs: number] | null | undefined;
}

/** {@link NetworkConditions} with every default filled in. */
export interface ResolvedNetworkConditions {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly bytesPerSecond: number;
  readonly cutAfterMs: readonly [minMs: number, maxMs: number] | null;
}

/** The defaults of {@link NetworkConditions}: a network that takes no time. */
export const NETWORK_DEFAULTS: ResolvedNetworkConditions = Object.freeze({
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  cutAfterMs: null,
});

/** The longest delay: three of them, which a handshake takes, are one timer of Node. */
const MAX_DELAY_MS = Math.floor(MAX_TIMER_MS / 4);

/**
 * Checks conditions and fills in what they leave out. Does not change its input.
 *
 * @param defaults what holds where nothing is given
 * @throws {TypeError} when an option is unknown or of the wrong type
 * @throws {RangeError} when a number is out of range
 */
export function resolveNetworkConditions(
  conditions: NetworkConditions,
  defaults: ResolvedNetworkConditions = NETWORK_DEFAULTS,
): ResolvedNetworkConditions {
  requireKnown('network conditions', conditions, Object.keys(NETWORK_DEFAULTS));
  const cutAfterMs =
    conditions.cutAfterMs === undefined ? defaults.cutAfterMs : conditions.cutAfterMs;
  const time = { min: 0, max: MAX_DELAY_MS };
  return Object.freeze({
    delayMs: requireNumber('delayMs', conditions.delayMs ?? defaults.delayMs, time),
    jitterMs: requireNumber('jitterMs', conditions.jitterMs ?? defaults.jitterMs, time),
    bytesPerSecond: requireNumber(
      'bytesPerSecond',
      conditions.bytesPerSecond ?? defaults.bytesPerSecond,
      { min: 1 },
    ),
    cutAfterMs:
      cutAfterMs === null
        ? null
        : requireBounds('cutAfterMs', cutAfterMs, { min: 0, max: MAX_TIMER_MS }),
  });
}
