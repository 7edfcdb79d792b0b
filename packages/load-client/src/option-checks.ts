import { inspect } from 'node:util';
import * as checks from '@sockpool/option-checks';

/** The longest time that a timer of Node can wait, in milliseconds. */
export const MAX_TIMER_MS = 2_147_483_647;

/** What numbers an option takes. */
export interface AllowedNumbers {
  readonly min: number;
  /** @default Infinity */
  readonly max?: number;
  /** @default false */
  readonly whole?: boolean;
}

/**
 * Returns the value when it is an allowed number.
 *
 * @throws {TypeError} when it is no number
 * @throws {RangeError} when it is out of range
 */
export function requireNumber(name: string, value: unknown, allowed: AllowedNumbers): number {
  const { min, max, whole = false } = allowed;
  const bounds = max === undefined ? { min } : { min, max };
  if (!whole) return checks.requireNumber(name, value, bounds);
  return checks.requireInteger(name, value, { ...bounds, orInfinity: max === undefined });
}

/**
 * Returns a pair of bounds when both are allowed numbers and in order.
 *
 * @throws {TypeError} when it is no pair of numbers
 * @throws {RangeError} when a bound is out of range, or the first is greater than the second
 */
export function requireBounds(
  name: string,
  value: unknown,
  allowed: AllowedNumbers,
): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`Option ${name} must be [min, max], got ${inspect(value)}`);
  }
  const min = requireNumber(`${name}[0]`, value[0], allowed);
  const max = requireNumber(`${name}[1]`, value[1], { ...allowed, min });
  return [min, max];
}

/**
 * Refuses options that are not known.
 *
 * @param of whose options they are, such as `startNetworkProxy()`
 * @throws {TypeError} when it is no object, or has a name that is not allowed; names the nearest
 */
export function requireKnown(of: string, options: unknown, allowed: readonly string[]): void {
  checks.requireObject(`Options of ${of}`, options);
  const known = Object.fromEntries(allowed.map((name) => [name, true]));
  checks.requireKnownOptions(options as object, known, { of });
}
