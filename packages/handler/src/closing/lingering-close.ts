import type { Socket } from 'node:net';

/** How long a client has to end its side after ours has ended, in milliseconds. */
export const LINGER_MS = 1_000;

/**
 * Ends a connection without a reset. Closing a socket that has unread bytes makes the
 * system send a reset, which can destroy the end of a reply on its way to the client
 * (RFC 9112, 9.6). So this ends our side, discards what still comes, and leaves the
 * rest to {@link destroyAfterEnd}.
 *
 * @param socket whose `data` listeners are taken away
 */
export function closeLingering(socket: Socket): void {
  if (socket.destroyed) return;
  socket.removeAllListeners('data');
  socket.end();
  socket.resume();
}

/**
 * Sees to it that a socket closes in bounded time once our side has ended, also if the
 * client never ends its own.
 *
 * @param socket to be watched
 * @param lingerMs how long the client has, in milliseconds
 * @returns leaves the socket alone again
 */
export function destroyAfterEnd(socket: Socket, lingerMs: number = LINGER_MS): () => void {
  let timer: NodeJS.Timeout | undefined;
  const linger = (): void => {
    timer = setTimeout(() => socket.destroy(), lingerMs);
  };
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('finish', linger).off('close', stop);
  };
  socket.once('close', stop);
  if (socket.writableFinished) linger();
  else socket.once('finish', linger);
  return stop;
}
