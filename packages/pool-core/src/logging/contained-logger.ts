import type { Logger, LogLevel } from '@sockpool/handler';
import { asError } from '../errors/error-record.ts';
import { stderrLogger, writeEntry } from './stderr-logger.ts';

/**
 * Wraps a pool's logger so that nothing it does can stop the pool: what it throws, and what a
 * promise that it returns rejects with, is told once on standard error.
 *
 * @param logger any logger
 */
export function containLogger(logger: Logger): Logger {
  if (logger === stderrLogger) return logger;
  let told = false;
  const failed = (level: LogLevel, message: string, thrown: unknown): void => {
    if (told) return;
    told = true;
    const error = asError(thrown);
    writeEntry(
      'error',
      `The pool's logger failed: ${error.name}: ${error.message}. Its entries are lost, this is one of them: ${level}: ${message}`,
      { error },
    );
  };
  const contained =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields) => {
      try {
        const result: unknown = logger[level](message, fields);
        // A logger may be asynchronous, although nobody waits for it.
        if (result instanceof Promise) {
          result.catch((error: unknown) => failed(level, message, error));
        }
      } catch (error) {
        failed(level, message, error);
      }
    };
  return Object.freeze({
    debug: contained('debug'),
    info: contained('info'),
    warn: contained('warn'),
    error: contained('error'),
  });
}
