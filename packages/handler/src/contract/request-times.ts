import type { Socket } from 'node:net';

/**
 * Under which a socket has the times of its HTTP requests, when somebody measures them: a look at the
 * clock is the greatest part of what that costs, and needs to be done once only. The same in all
 * copies of this package, and in those that measure.
 */
const REQUEST_TIMES: unique symbol = Symbol.for('@sockpool/request-times');

/** When the requests of a connection began and ended, in milliseconds of `performance.now()`. */
export interface RequestTimes {
  /** The oldest one that has no whole reply yet; without one, the last. */
  readonly startedAtMs: number;
  /** The last one whose reply is whole. */
  readonly finishedAtMs: number;
}

/**
 * Reads what has been noted of a connection's requests.
 *
 * @param socket the connection, as its server has it
 * @returns undefined when nobody measures requests
 */
export function requestTimes(
  socket: Socket & { readonly [REQUEST_TIMES]?: RequestTimes },
): RequestTimes | undefined {
  return socket[REQUEST_TIMES];
}
