import net from 'node:net';

/** Reads bytes of a socket; the buffer is shared by all sockets and valid only during the call. */
type ReadListener = (length: number, buffer: Uint8Array) => boolean;

/** Opens a socket whose bytes go to the listener. */
export type SocketOpener = (onRead: ReadListener) => net.Socket;

/** Where the load goes: a TCP address that needs no further look-up, or the path of a unix socket. */
export type ResolvedTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

const READ_BUFFER_BYTES = 65_536;

/**
 * Returns a function that opens sockets to a target.
 *
 * All sockets read into one buffer (`onread` of `net.connect`), which is safe since a read and the
 * listener's call are one step of the event loop.
 */
export function createSocketOpener(target: ResolvedTarget): SocketOpener {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return (onRead) =>
    net.connect({
      ...target,
      noDelay: true,
      onread: { buffer, callback: onRead },
    });
}
