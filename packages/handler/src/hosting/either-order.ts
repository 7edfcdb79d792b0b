import { format, inspect, types } from 'node:util';
import type { Logger, LogLevel, WorkerLogger } from '../contract/connection-handler.ts';

/** One entry, whatever a program has given. */
type WriteEntry = (level: LogLevel, message: unknown, fields: unknown) => void;

/**
 * Makes a logger that takes `(message, fields)` and, as a pino does, `(fields, message)`, an error in
 * place of the fields, and texts with `%s` and values for them. Never throws, if `write` does not.
 *
 * @param write takes the entries: what should be a text and what should be fields
 */
export function eitherOrder(write: WriteEntry): WorkerLogger {
  const log =
    (level: LogLevel) =>
    (...values: unknown[]): void =>
      write(level, ...inOrder(values));
  return Object.freeze({
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  });
}

/**
 * Makes a logger of either order out of one of `(message, fields)`.
 *
 * @param logger gets the entries
 * @param facts fields that every entry has
 */
export function eitherOrderOnto(
  logger: Logger,
  facts: Readonly<Record<string, unknown>> = {},
): WorkerLogger {
  return eitherOrder((level, message, fields) => {
    const text = typeof message === 'string' ? message : inspect(message);
    const all = { ...facts, ...asFields(fields) };
    if (Object.keys(all).length === 0) logger[level](text);
    else logger[level](text, all);
  });
}

function asFields(fields: unknown): object {
  if (fields === undefined) return {};
  if (types.isNativeError(fields)) return { error: fields };
  return typeof fields === 'object' && fields !== null ? fields : { fields };
}

function inOrder([first, second, ...rest]: readonly unknown[]): [
  message: unknown,
  fields: unknown,
] {
  if (typeof first === 'object' && first !== null && !types.isProxy(first)) {
    const fields = types.isNativeError(first) ? { error: first } : first;
    if (typeof second === 'string') return [filled(second, rest), fields];
    if (second === undefined && fields === first) return ['', fields];
  }
  const isFields = second === undefined || (typeof second === 'object' && second !== null);
  if (typeof first === 'string' && !isFields) return [filled(first, [second, ...rest]), undefined];
  return [first, second];
}

/** Puts values into a text, as `util.format()` does. */
function filled(text: string, values: readonly unknown[]): string {
  if (values.length === 0) return text;
  try {
    return format(text, ...values);
  } catch {
    // A value that throws where it should become a text.
    return text;
  }
}
