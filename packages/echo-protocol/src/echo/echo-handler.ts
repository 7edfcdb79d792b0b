import type { Socket } from 'node:net';
import {
  type EchoContext,
  type EchoHandlerOptions,
  resolveEchoHandlerOptions,
} from './echo-handler-options.ts';
import { EchoSession } from './echo-session.ts';

/**
 * Serves one connection; resolves when it is closed. Fits `net.createServer()`
 * as well as the handler contract of the pools.
 */
export type EchoHandler<Context extends EchoContext = EchoContext> = (
  connection: Socket,
  context?: Context,
) => Promise<void>;

/**
 * Creates a connection handler that answers each request with its text in upper case.
 *
 * - Replies keep the order of the requests. The replies to one received chunk
 *   are one write.
 * - A client that does not read its replies is no longer read from, so a
 *   connection buffers at most the socket's high-water mark and the replies to
 *   one chunk.
 * - A client that ends its side gets all its replies; then the connection ends.
 * - An error of the socket ends that connection only.
 * - After a request over the limit, the replies before it are sent and the
 *   connection ends; what the client still sends is dropped for `lingerMs`.
 *
 * The handler owns the connection from the call on: it disables Nagle's
 * algorithm, reads all that comes, and ends it.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when `maxMessageBytes` or `lingerMs` is out of range
 * @example
 * const server = net.createServer(createEchoHandler({ framing: 'line' }));
 */
export function createEchoHandler<Context extends EchoContext = EchoContext>(
  options: EchoHandlerOptions<Context> = {},
): EchoHandler<Context> {
  const resolved = resolveEchoHandlerOptions(options);
  return (connection, context) => new EchoSession(connection, context, resolved).closed;
}
