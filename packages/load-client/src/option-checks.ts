import { inspect } from 'node:util';

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
 * @throws {TypeError} when it is no number.
 * @throws {RangeError} when it is out of range.
 */
export function requireNumber(name: string, value: unknown, allowed: AllowedNumbers): number {
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

/**
 * Returns a pair of bounds when both are allowed numbers and in order.
 *
 * @throws {TypeError} when it is no pair of numbers.
 * @throws {RangeError} when a bound is out of range, or the first is greater than the second.
 */
export function requireBounds(
  name: string,
  value: unknown,
  allowed: AllowedNumbers,
): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`Cannot use ${inspect(value)} as ${name}: ${name} must be [min, max]`);
  }
  const min = requireNumber(`${name}[0]`, value[0], allowed);
  const max = requireNumber(`${name}[1]`, value[1], { ...allowed, min });
  return [min, max];
}

/**
 * Returns the value when it is one of the allowed names.
 *
 * @throws {TypeError} when it is not.
 */
export function requireOneOf<T extends string>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot use ${inspect(value)} as ${name}: ${name} must be one of ${allowed.map((each) => `'${each}'`).join(', ')}`,
  );
}

/**
 * Refuses options that are not known.
 *
 * @param name how errors call the whole, such as `network conditions`
 * @throws {TypeError} when it is no object, or has a name that is not allowed; names the nearest
 */
export function requireKnown(name: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot use ${inspect(options)} as ${name}: it must be an object`);
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const [nearest] = allowed.toSorted((a, b) => distance(key, a) - distance(key, b));
    throw new TypeError(
      `Cannot use '${key}' in ${name}: ` +
        (nearest !== undefined && distance(key, nearest) <= Math.ceil(key.length / 3)
          ? `did you mean '${nearest}'?`
          : `allowed are ${allowed.join(', ')}`),
    );
  }
}

/** How many letters must change to make one name of the other (Levenshtein), whatever their case. */
function distance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
