import { describeValue } from './describe-value.ts';

/**
 * Checks that an option is a boolean.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`Option ${name} must be true or false, got ${describeValue(value)}`);
}

/**
 * Checks that an option is a function.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireFunction<Value>(name: string, value: Value): Value & CallableFunction {
  if (typeof value === 'function') return value as Value & CallableFunction;
  throw new TypeError(`Option ${name} must be a function, got ${describeValue(value)}`);
}

/**
 * Checks that an option is one of some names.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param allowed the names
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireOneOf<const Name extends string>(
  name: string,
  value: unknown,
  allowed: readonly Name[],
): Name {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  const names = allowed.map((each) => `'${each}'`).join(', ');
  throw new TypeError(`Option ${name} must be one of ${names}, got ${describeValue(value)}`);
}

/**
 * Checks that a value is an object with fields.
 *
 * @param what what it is, for the message, such as `Option health`
 * @param value what the caller gave
 * @param example an allowed value, for the message
 * @returns the value
 * @throws {TypeError} when it is anything else
 */
export function requireObject<Value>(what: string, value: Value, example?: string): Value & object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const hint = example === undefined ? '' : `, such as ${example}`;
  throw new TypeError(`${what} must be an object${hint}, got ${describeValue(value)}`);
}

/**
 * Checks that a value has methods, whatever its class.
 *
 * @param what what it is, for the message, such as `The pool of serveControl()`
 * @param value what the caller gave
 * @param methods their names
 * @param allowed what has them, for the message, such as `a ProcessPool or a ThreadPool`
 * @returns the value
 * @throws {TypeError} when it lacks one
 */
export function requireMethods<Value>(
  what: string,
  value: Value,
  methods: readonly string[],
  allowed: string,
): Value & object {
  const given: Readonly<Record<string, unknown>> = Object(value) as Record<string, unknown>;
  const missing = methods.find((name) => typeof given[name] !== 'function');
  if (missing === undefined) return value as Value & object;
  throw new TypeError(
    `${what} must be ${allowed}, got ${describeValue(value)}, which has no ${missing}()`,
  );
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
    throw new TypeError(`Option ${name} must be a list of strings, got ${describeValue(value)}`);
  }
  return Object.freeze(
    value.map((entry: unknown, index) => {
      if (typeof entry === 'string') return entry;
      throw new TypeError(`Option ${name}[${index}] must be a string, got ${describeValue(entry)}`);
    }),
  );
}
