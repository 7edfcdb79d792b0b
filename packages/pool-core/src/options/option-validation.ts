import { createRequire } from 'node:module';
import type * as LevenModule from 'leven';

const require = createRequire(import.meta.url);

/** The longest time that a Node timer can wait, in milliseconds (about 24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
export function requireInteger(
  name: string,
  value: unknown,
  bounds: { readonly min: number; readonly max?: number; readonly orInfinity?: boolean },
): number {
  if (typeof value !== 'number') {
    throw new TypeError(`Option ${name} must be a number, got ${describe(value)}`);
  }
  if (bounds.orInfinity === true && value === Infinity) return value;
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  if (!Number.isInteger(value) || value < bounds.min || value > max) {
    const upper = bounds.max === undefined ? `${bounds.min} or more` : `${bounds.min} to ${max}`;
    const infinity = bounds.orInfinity === true ? ', or Infinity' : '';
    throw new RangeError(
      `Option ${name} must be a whole number, ${upper}${infinity}, got ${value}`,
    );
  }
  return value;
}

/**
 * Checks that an option is a duration in milliseconds that a timer can wait for.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param options `orInfinity` allows `Infinity`, for no limit
 * @returns the value
 * @throws {TypeError} when the value is not a number
 * @throws {RangeError} when it is not a whole number from 0 to 2147483647
 */
export function requireDurationMs(
  name: string,
  value: unknown,
  options: { readonly orInfinity?: boolean } = {},
): number {
  return requireInteger(name, value, { min: 0, max: MAX_TIMER_MS, ...options });
}

/**
 * Checks that an option is a boolean.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`Option ${name} must be true or false, got ${describe(value)}`);
  }
  return value;
}

/** Where options are given, for messages. */
export interface OptionsWhere {
  /** What stands before the option's name, such as `health.`. */
  readonly within?: string;
  /** Whose options they are, such as `listen()`. */
  readonly of?: string;
  /** What else helps, after the list. */
  readonly hint?: string;
}

/**
 * Checks that every option that is given is one that there is. Only the options' own names
 * count, so that `toString` is as unknown as any other; one whose value is undefined is checked too.
 *
 * @param given what the caller gave
 * @param known has a field for each option, such as the table of defaults
 * @param place where it was given, for the message
 * @throws {TypeError} when an option is unknown; names the nearest one and lists all
 */
export function requireKnownOptions(given: object, known: object, place: OptionsWhere = {}): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const { within = '', of, hint } = place;
  const names = Object.keys(known);
  // Loaded only for a mistake: pools and workers without one start faster.
  const { closestMatch } = require('leven') as typeof LevenModule;
  const maxDistance = Math.max(2, Math.floor(unknown.length / 3));
  const nearest = closestMatch(unknown, names, { maxDistance });
  const allowed =
    nearest === undefined ? 'allowed are' : `did you mean ${within}${nearest}? Allowed are`;
  throw new TypeError(
    `Unknown option ${within}${unknown}${of === undefined ? '' : ` of ${of}`}: ${allowed} ` +
      `${names.join(', ')}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/**
 * Checks that an option is an object whose fields are all known, and fills in what it does not say.
 *
 * @param name the option's name, for the message
 * @param given what the caller gave, if anything; a field that is undefined is not given
 * @param defaults the value of every field
 * @param hint what else helps somebody who gives an unknown field
 * @returns a new object
 * @throws {TypeError} when it is anything but an object, or has an unknown field
 */
export function withDefaults<Options extends object>(
  name: string,
  given: Partial<Options> | undefined,
  defaults: Options,
  hint?: string,
): Options {
  const options = requireObject(`Option ${name}`, given ?? {});
  requireKnownOptions(options, defaults, {
    within: `${name}.`,
    ...(hint !== undefined && { hint }),
  });
  const fields = Object.entries(options);
  const said = fields.filter(([, value]) => (value ?? undefined) !== undefined);
  return { ...defaults, ...(Object.fromEntries(said) as Partial<Options>) };
}

/**
 * Checks that a value is an object with fields.
 *
 * @param what what it is, for the message
 * @param value what the caller gave
 * @param example an allowed value, for the message
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireObject<Value>(what: string, value: Value, example?: string): Value & object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const hint = example === undefined ? '' : `, such as ${example}`;
    throw new TypeError(`${what} must be an object${hint}, got ${describe(value)}`);
  }
  return value;
}

/**
 * Checks that an option is a list of strings.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns a copy
 * @throws {TypeError} when it is anything else
 */
export function requireStrings(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`Option ${name} must be a list of strings, got ${describe(value)}`);
  }
  return Object.freeze(
    value.map((entry: unknown, index) => {
      if (typeof entry === 'string') return entry;
      throw new TypeError(`Option ${name}[${index}] must be a string, got ${describe(entry)}`);
    }),
  );
}

/**
 * Checks that an option is an environment: an object of strings, where undefined leaves one out.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns the value itself, which may change later, as `process.env` does
 * @throws {TypeError} when it is anything else
 */
export function requireEnvironment<Value extends object>(name: string, value: Value): Value {
  requireObject(`Option ${name}`, value, "{ ...process.env, NODE_ENV: 'production' }");
  for (const [variable, text] of Object.entries(value) as [string, unknown][]) {
    if (text === undefined || typeof text === 'string') continue;
    throw new TypeError(`Option ${name}.${variable} must be a string, got ${describe(text)}`);
  }
  return value;
}

/**
 * Shows a value in an error message, short and with its kind.
 *
 * @param value anything
 */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  try {
    return Array.isArray(value)
      ? 'an array'
      : `an object of class ${value.constructor?.name ?? 'null'}`;
  } catch {
    return 'an object that does not show itself';
  }
}
