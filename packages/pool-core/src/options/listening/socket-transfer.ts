import net from 'node:net';
import { CONNECTION_DEFAULTS, type ConnectionOptions } from './connection-options.ts';
import { SocketTransferUnsupportedError } from '../../errors/errors.ts';

/**
 * Makes sure that this Node can move sockets between threads, on which parking a
 * listener and handing connections to threads rest (Node 24.20, 26.7 and later).
 *
 * @param pool the name of the class that needs it, for the message
 * @param instead what to use instead, as a clause
 * @throws {SocketTransferUnsupportedError} when it cannot
 */
export function requireSocketTransfer(pool: string, instead: string): void {
  if (typeof net.BoundSocket === 'function' && serversAreTransferable()) return;
  throw new SocketTransferUnsupportedError(
    `Cannot make a ${pool}: Node ${process.versions.node} on ${process.platform} does not move ` +
      `sockets between threads, which takes Node ^24.20.0 || >=26.7.0; ${instead}`,
  );
}

/**
 * Makes sure that nothing is asked of connections that they lose when they are handed over.
 *
 * @param connection how connections are to be set up
 * @param pool the name of the class, for the message
 * @throws {SocketTransferUnsupportedError} when `highWaterMarkBytes` is not Node's default
 */
export function requireTransferable(connection: Required<ConnectionOptions>, pool: string): void {
  const { highWaterMarkBytes } = connection;
  if (highWaterMarkBytes === CONNECTION_DEFAULTS.highWaterMarkBytes) return;
  throw new SocketTransferUnsupportedError(
    `Cannot make a ${pool} with connection.highWaterMarkBytes ${highWaterMarkBytes}: a socket that ` +
      "is handed over gets Node's default; use accept 'worker', or call " +
      'stream.setDefaultHighWaterMark() in the handler module',
  );
}

/** A Node that can move servers says of an idle one that its state is wrong, not that it is a server. */
function serversAreTransferable(): boolean {
  const server = net.createServer();
  try {
    structuredClone(server, { transfer: [server as unknown as ArrayBuffer] });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_HANDLE_NOT_TRANSFERABLE';
  }
  return true;
}
