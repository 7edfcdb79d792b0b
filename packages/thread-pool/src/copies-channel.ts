/** The descriptor number under which the copying process finds the listening socket. */
export const SOURCE_FD = 3;

/** Asks the copying process for one copy, which comes back with an equal message. */
export interface CopyRequest {
  readonly sockpoolCopy: number;
}

/**
 * Tells whether a message is a request for a copy or the answer to one. Others use the channel
 * as well: `node --watch` and modules that are preloaded.
 *
 * @param message anything that came over the channel
 */
export function isCopyRequest(message: unknown): message is CopyRequest {
  return (
    typeof message === 'object' &&
    message !== null &&
    'sockpoolCopy' in message &&
    typeof message.sockpoolCopy === 'number'
  );
}
