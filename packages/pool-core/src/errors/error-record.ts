import { types } from 'node:util';
import { plainText } from './plain-text.ts';

/** How many causes of causes a record has at most. */
const MAX_DEPTH = 4;

/** How many errors of an `AggregateError` a record has at most. */
const MAX_ERRORS = 5;

const MAX_STACK_LENGTH = 16_384;
const MAX_NAME_LENGTH = 200;

/** An error in a form that can cross a process or thread boundary without loss of its code. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause?: ErrorRecord;
  /** Those of an `AggregateError`. */
  readonly errors?: readonly ErrorRecord[];
}

/**
 * Puts anything thrown into a form that can cross to another process or thread. Never throws,
 * whatever the value is and whatever its own code does; long texts are cut.
 *
 * @param thrown what was thrown, not necessarily an `Error`
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  return record(thrown, 0);
}

/**
 * Gives anything thrown as an `Error` with a message, a name and a stack that are strings.
 *
 * @param thrown what was thrown; an `Error` of that kind is returned as it is
 */
export function asError(thrown: unknown): Error {
  return isError(thrown) && hasPlainTexts(thrown) ? thrown : fromErrorRecord(toErrorRecord(thrown));
}

/**
 * Makes an `Error` again from its record, with name, message, stack, code and causes of the original.
 *
 * @param record what {@link toErrorRecord} made
 */
export function fromErrorRecord({
  name,
  message,
  stack,
  code,
  cause,
  errors,
}: ErrorRecord): Error & { readonly code?: string } {
  const error = new Error(message);
  const hidden = {
    ...(name !== 'Error' && { name }),
    stack: stack ?? `${name}: ${message}`,
    ...(cause && { cause: fromErrorRecord(cause) }),
    ...(errors && { errors: errors.map(fromErrorRecord) }),
  };
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true });
  }
  return code === undefined ? error : Object.assign(error, { code });
}

/**
 * Tells whether a value that came from a worker is what {@link toErrorRecord} makes.
 *
 * @param value anything that survives a structured clone
 */
export function isErrorRecord(value: unknown, depth: number = 0): value is ErrorRecord {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  const { name, message, stack, code, cause, errors }: Partial<Record<string, unknown>> = {
    ...value,
  };
  return (
    typeof name === 'string' &&
    typeof message === 'string' &&
    (stack === undefined || typeof stack === 'string') &&
    (code === undefined || typeof code === 'string') &&
    (cause === undefined || isErrorRecord(cause, depth + 1)) &&
    (errors === undefined ||
      (Array.isArray(errors) &&
        errors.length <= MAX_ERRORS &&
        errors.every((inner) => isErrorRecord(inner, depth + 1))))
  );
}

function record(thrown: unknown, depth: number): ErrorRecord {
  if (!isError(thrown)) {
    return { name: 'Error', message: plainText(thrown), stack: undefined, code: undefined };
  }
  const code = read(thrown, 'code');
  const stack = read(thrown, 'stack');
  const name = read(thrown, 'name');
  const cause = depth < MAX_DEPTH ? read(thrown, 'cause') : undefined;
  const errors = depth < MAX_DEPTH ? readErrors(thrown) : [];
  return {
    name: typeof name === 'string' && name !== '' ? plainText(name, MAX_NAME_LENGTH) : 'Error',
    message: plainText(read(thrown, 'message') ?? ''),
    stack: typeof stack === 'string' ? plainText(stack, MAX_STACK_LENGTH) : undefined,
    code: typeof code === 'string' ? plainText(code, MAX_NAME_LENGTH) : undefined,
    ...(cause !== undefined && cause !== null && { cause: record(cause, depth + 1) }),
    ...(errors.length > 0 && { errors: errors.map((inner) => record(inner, depth + 1)) }),
  };
}

/** Tells whether a value is an error, of whichever realm, and no proxy of one. */
export function isNativeError(value: unknown): value is Error {
  return types.isNativeError(value);
}

/** As `instanceof` sees it, too: an object whose prototype is an error. */
function isError(thrown: unknown): thrown is Error {
  if (isNativeError(thrown)) return true;
  try {
    return !types.isProxy(thrown) && thrown instanceof Error;
  } catch {
    return false;
  }
}

function hasPlainTexts(error: Error): boolean {
  try {
    const { name, message, stack } = error as Readonly<Record<keyof Error, unknown>>;
    return (
      typeof name === 'string' &&
      typeof message === 'string' &&
      (stack === undefined || typeof stack === 'string')
    );
  } catch {
    return false;
  }
}

function readErrors(error: Error): readonly unknown[] {
  const errors = read(error, 'errors');
  if (types.isProxy(errors) || !Array.isArray(errors)) return [];
  try {
    return errors.slice(0, MAX_ERRORS);
  } catch {
    return [];
  }
}

/** Reads a property, which may be a getter that throws. */
function read(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch (failure) {
    const why = isNativeError(failure) ? 'its getter throws' : plainText(failure, MAX_NAME_LENGTH);
    return `[${key} cannot be read: ${why}]`;
  }
}
