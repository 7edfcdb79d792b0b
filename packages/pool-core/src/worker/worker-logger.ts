import type { Logger, LogLevel } from '@sockpool/handler';
import { loggableEntry } from '../logging/loggable.ts';
import type { WorkerMessage } from '../protocol/messages.ts';

/**
 * Makes the logger of a worker's handlers, which takes anything and never throws.
 *
 * @param send takes the entries to the primary
 */
export function workerLogger(send: (message: WorkerMessage) => void): Logger {
  const log =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields) =>
      send({ type: 'log', level, ...loggableEntry(message, fields) });
  return Object.freeze({
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  });
}
