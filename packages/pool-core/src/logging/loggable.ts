import { types } from 'node:util';
import { type ErrorRecord, isNativeError, toErrorRecord } from '../errors/error-record.ts';
import { plainText } from '../errors/plain-text.ts';

/** How deep plain objects and arrays are kept; what is deeper becomes text. */
const MAX_DEPTH = 4;

/** How many entries one object or array keeps. */
const MAX_ENTRIES = 100;

/** How many values an entry of the log keeps in all. */
const MAX_VALUES = 1_000;

/** How many characters the texts of an entry have together, but for its message and its errors. */
const MAX_CHARACTERS = 65_536;

const MAX_STRING_LENGTH = 8_192;
const MAX_KEY_LENGTH = 200;
const MAX_TEXT_LENGTH = 1_000;

/** What is left of the bounds of one entry. */
interface Budget {
  values: number;
  characters: number;
}

/** A log entry that can cross to another process or thread, and be written as JSON. */
export interface LoggableEntry {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  /** The fields that are errors, by name: a clone of an error would lose its name and its code. */
  readonly errors: Readonly<Record<string, ErrorRecord>> | undefined;
}

/**
 * Makes a log entry of anything that a handler gives to its logger. Plain data is kept, as far as
 * it is bounded; functions, sockets, symbols and all else become text. Never throws.
 *
 * @param message what should be a text
 * @param fields what should be a plain object; an error becomes the field `error`
 */
export function loggableEntry(message: unknown, fields: unknown): LoggableEntry {
  const plain: Record<string, unknown> = {};
  const errors: Record<string, ErrorRecord> = {};
  const budget: Budget = { values: MAX_VALUES, characters: MAX_CHARACTERS };
  const sources = [isNativeError(message) ? { error: message } : {}, asFields(fields)];
  for (const [key, value] of sources.flatMap((source) => properties(source, budget))) {
    if (isNativeError(value)) set(errors, key, toErrorRecord(value));
    else set(plain, key, loggable(value, 0, budget));
  }
  return {
    message: typeof message === 'string' ? plainText(message) : firstLine(message),
    fields: Object.keys(plain).length > 0 || fields !== undefined ? plain : undefined,
    errors: Object.keys(errors).length > 0 ? errors : undefined,
  };
}

function firstLine(message: unknown): string {
  if (!isNativeError(message)) return plainText(message);
  const record = toErrorRecord(message);
  return `${record.name}: ${record.message}`;
}

function asFields(fields: unknown): object {
  if (fields === undefined) return {};
  if (isNativeError(fields)) return { error: fields };
  if (isPlainObject(fields)) return fields;
  return { fields };
}

function loggable(value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return text(value, budget);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === undefined || value === null) return value;
  if (isNativeError(value)) {
    const { stack, name, message } = toErrorRecord(value);
    return text(stack ?? `${name}: ${message}`, budget);
  }
  if (depth < MAX_DEPTH && isPlainArray(value)) {
    return properties(value, budget).map(([, item]) => loggable(item, depth + 1, budget));
  }
  if (depth < MAX_DEPTH && isPlainObject(value)) {
    const plain: Record<string, unknown> = {};
    for (const [key, item] of properties(value, budget)) {
      set(plain, key, loggable(item, depth + 1, budget));
    }
    return plain;
  }
  return text(plainText(value, MAX_TEXT_LENGTH), budget);
}

function text(value: string, budget: Budget): string {
  const kept = plainText(value, Math.min(MAX_STRING_LENGTH, Math.max(0, budget.characters)));
  budget.characters -= kept.length;
  return kept;
}

/** The enumerable properties with a text as their name; what is too many is left out and counted. */
function properties(value: object, budget: Budget): [string, unknown][] {
  const room = Math.min(MAX_ENTRIES, Math.max(0, budget.values));
  // Of an array with millions of items no name is made that is not needed.
  const array = Array.isArray(value) && value.length > room;
  const keys = array ? Array.from({ length: room }, (_, index) => `${index}`) : Object.keys(value);
  const kept = keys.slice(0, room);
  budget.values -= kept.length;
  const entries = kept.map((key): [string, unknown] => [
    plainText(key, MAX_KEY_LENGTH),
    read(value, key),
  ]);
  const more = (array ? value.length : keys.length) - kept.length;
  return more > 0 ? [...entries, ['…', `${more} more`]] : entries;
}

function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    const { name, message } = toErrorRecord(error);
    return `[cannot be read: ${plainText(`${name}: ${message}`, MAX_KEY_LENGTH)}]`;
  }
}

/** Also for the key `__proto__`. */
function set(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** Asks only what runs no code of the value's own. */
function isPlainArray(value: unknown): value is unknown[] {
  return !types.isProxy(value) && Array.isArray(value);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also of other realms, whose `Object.prototype` is another one.
  return (
    prototype === null ||
    (!types.isProxy(prototype) &&
      Object.getPrototypeOf(prototype) === null &&
      !types.isModuleNamespaceObject(value))
  );
}
