import { types } from 'node:util';
import { describeValue } from '@sockpool/option-checks';
import type { Logger, LogLevel } from './connection-handler.ts';

/** What a pino takes of an entry. */
type WriteFieldsFirst = (fields: object, message: string) => void;

const LEVELS = Object.freeze(['debug', 'info', 'warn', 'error'] satisfies LogLevel[]);

/** Every pino has its serializers there, whatever its version: the symbol is public. */
const SERIALIZERS = Symbol.for('pino.serializers');

/** How a pino writes fields, by their names. */
type Serializers = Readonly<Partial<Record<string, (value: unknown) => unknown>>>;

/**
 * Makes one order of arguments of two. A pino, or a child of one, gets `(fields, message)`: it is known
 * by the public symbol `pino.serializers`. Its error is the field `err`, which every pino can write,
 * unless it has a serializer for `error`. All else gets `(message, fields)` as it is.
 *
 * @param logger what the option `logger` is
 * @throws {TypeError} when it has not the methods debug, info, warn and error
 */
export function messageFirst(logger: Logger): Logger {
  requireLogger(logger);
  if (!isPino(logger)) return logger;
  const write =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields = {}) =>
      logger[level](forPino(fields, logger[SERIALIZERS]), message);
  return Object.freeze({
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  });
}

/** A pino, by what this reads of it. */
type Pino = Readonly<Record<LogLevel, WriteFieldsFirst>> & { readonly [SERIALIZERS]: Serializers };

function isPino(logger: object): logger is Pino {
  return SERIALIZERS in logger;
}

/** A pino writes an error as `{}` where it has no serializer for it. */
function forPino(
  fields: Readonly<Record<string, unknown>>,
  serializers: Serializers,
): Readonly<Record<string, unknown>> {
  if (!Object.values(fields).some(types.isNativeError)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (!types.isNativeError(value) || key in serializers) return [key, value];
      return key === 'error' ? ['err', value] : [key, serializers['err']?.(value) ?? value];
    }),
  );
}

function requireLogger(logger: unknown): void {
  const missing = missingLevel(logger);
  if (missing === undefined) return;
  const wanted = 'Option logger must have the methods debug, info, warn and error';
  if (typeof logger !== 'object' || logger === null) {
    const advice = typeof logger === 'function' ? '; give the logger that it makes' : '';
    throw new TypeError(`${wanted}, got ${describeValue(logger)}${advice}`);
  }
  const inner = (['log', 'logger'] as const).find(
    (name) => missingLevel(Reflect.get(logger, name)) === undefined,
  );
  const advice = inner === undefined ? '' : `; give its property ${inner}`;
  throw new TypeError(`${wanted}, got ${describeValue(logger)} without ${missing}${advice}`);
}

function missingLevel(logger: unknown): LogLevel | undefined {
  const methods = typeof logger === 'object' && logger !== null ? logger : {};
  return LEVELS.find((level) => typeof Reflect.get(methods, level) !== 'function');
}
