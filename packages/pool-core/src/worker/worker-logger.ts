import type { WorkerLogger } from '@sockpool/handler';
import { eitherOrder } from '@sockpool/handler/hosting';
import { loggableEntry } from '../logging/loggable.ts';
import type { WorkerMessage } from '../protocol/messages.ts';

/**
 * Makes the logger of a worker's handlers, which takes anything and never throws.
 *
 * @param send takes the entries to the primary
 * @param connectionId the connection that they are of, if of one
 */
export function workerLogger(
  send: (message: WorkerMessage) => void,
  connectionId?: number,
): WorkerLogger {
  const of = connectionId === undefined ? {} : { connectionId };
  return eitherOrder((level, message, fields) =>
    send({ type: 'log', level, ...loggableEntry(message, fields), ...of }),
  );
}
