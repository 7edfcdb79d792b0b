import { describeValue } from './describe-value.ts';

/** The longest time that a timer of Node can wait, in milliseconds (about 24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What whole numbers an option takes. */
export interface IntegerBounds {
  /** The smallest allowed value. */
  readonly min: number;
  /**
   * The largest allowed value.
   *
   * @default Number.MAX_SAFE_INTEGER
   */
  readonly max?: number;
  /**
   * Whether `Infinity` is allowed too, whatever `max` is.
   *
   * @default false
   */
  readonly orInfinity?: boolean;
}

/**
 * Checks that an option is a whole number within bounds.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param bounds the smallest and largest allowed value; `orInfinity` allows `Infinity` too
 * @returns the value
 * @throws {TypeError} when the value is not a number
 * @throws {RangeError} when it is not whole or not within the bounds
 */
export function requireInteger(name: string, value: unknown, bounds: IntegerBounds): number {
  const { min, max = Number.MAX_SAFE_INTEGER, orInfinity = false } = bounds;
  const number = requireAnyNumber(name, value);
  if (orInfinity && number === Infinity) return number;
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  const infinity = orInfinity ? ', or Infinity' : '';
  throw new RangeError(
    `Option ${name} must be a whole number, ${range(min, bounds.max)}${infinity}, got ${number}`,
  );
}

/**
 * Checks that an option is a number within bounds, whole or not.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param bounds the smallest and largest allowed value; without `max` it may be `Infinity`
 * @returns the value
 * @throws {TypeError} when the value is not a number
 * @throws {RangeError} when it is not within the bounds
 */
export function requireNumber(
  name: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max?: number },
): number {
  const number = requireAnyNumber(name, value);
  if (number >= min && number <= (max ?? Infinity)) return number;
  throw new RangeError(`Option ${name} must be a number, ${range(min, max)}, got ${number}`);
}

/**
 * Checks that an option is a duration in milliseconds that a timer can wait for.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param options `min` is the shortest that is allowed, 0 by default; `orInfinity` allows
 *   `Infinity`, for no limit
 * @returns the value
 * @throws {TypeError} when the value is not a number
 * @throws {RangeError} when it is not a whole number from `min` to 2147483647
 */
export function requireDurationMs(
  name: string,
  value: unknown,
  options: { readonly min?: number; readonly orInfinity?: boolean } = {},
): number {
  return requireInteger(name, value, { min: 0, max: MAX_TIMER_MS, ...options });
}

function requireAnyNumber(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`Option ${name} must be a number, got ${describeValue(value)}`);
}

function range(min: number, max: number | undefined): string {
  return max === undefined ? `${min} or more` : `${min} to ${max}`;
}
