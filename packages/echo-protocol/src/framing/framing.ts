import { requireInteger, requireOneOf } from '@sockpool/option-checks';

/**
 * Names how messages are separated on a byte stream.
 *
 * - `raw`: each received chunk is one message, cut at the receive size, as a
 *   program does that calls `recv(1000)` and answers what it got. Message
 *   boundaries are those of the network's chunks, so only one request may be in
 *   flight at a time.
 * - `line`: a message ends with `\n` or `\r\n`.
 * - `length-prefixed`: a message follows its length, 4 bytes big-endian.
 */
export type Framing = 'raw' | 'line' | 'length-prefixed';

/** Lists every {@link Framing}, in the order of the documentation. */
export const FRAMINGS: readonly Framing[] = Object.freeze(['raw', 'line', 'length-prefixed']);

/**
 * Lists the largest message of each framing in bytes, when no limit is given.
 *
 * For `raw` it is the receive size of the notebook's `recv(1000)`.
 */
export const DEFAULT_MAX_MESSAGE_BYTES: Readonly<Record<Framing, number>> = Object.freeze({
  raw: 1_000,
  line: 1_048_576,
  'length-prefixed': 1_048_576,
});

/**
 * Gives the highest `maxMessageBytes` that is accepted, in bytes: 256 MiB, the
 * largest power of two whose upper-cased text is sure to fit in one string.
 */
export const MAX_MESSAGE_BYTES_LIMIT: number = 268_435_456;

/** Tells whether a value is the name of a framing; never throws. */
export function isFraming(value: unknown): value is Framing {
  return (FRAMINGS as readonly unknown[]).includes(value);
}

/**
 * Returns the value when it names a framing.
 *
 * @throws {TypeError} when it does not
 */
export function requireFraming(value: unknown): Framing {
  return requireOneOf('framing', value, FRAMINGS);
}

/**
 * Returns the limit to use for a framing: the given one, or its default.
 *
 * @throws {TypeError} when the limit is not a number
 * @throws {RangeError} when the limit is not a whole number between 1 and
 *   {@link MAX_MESSAGE_BYTES_LIMIT}
 */
export function resolveMaxMessageBytes(framing: Framing, value: number | undefined): number {
  if (value === undefined) return DEFAULT_MAX_MESSAGE_BYTES[framing];
  return requireInteger('maxMessageBytes', value, { min: 1, max: MAX_MESSAGE_BYTES_LIMIT });
}
