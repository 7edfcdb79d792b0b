import net from 'node:net';
import tls from 'node:tls';
import type { ResolvedTarget } from './target-address.ts';

/** Reads bytes of a socket; the buffer is shared by all sockets and valid only during the call. */
type ReadListener = (length: number, buffer: Uint8Array) => boolean;

/** Opens a socket whose bytes go to the listener. */
export type SocketOpener = (onRead: ReadListener) => net.Socket;

/** How TLS is used; PEM texts, as for `tls.connect`. */
export interface LoadTlsOptions {
  /** Certificates that are trusted instead of the well-known authorities. */
  readonly ca?: string | undefined;
  /** The client's certificate. */
  readonly cert?: string | undefined;
  /** The key of the client's certificate. */
  readonly key?: string | undefined;
  /** The name that the certificate must have, also sent as SNI. @default the host */
  readonly servername?: string | undefined;
  /** Whether the server's certificate must be valid. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
}

const READ_BUFFER_BYTES = 65_536;

function definedOnly(options: LoadTlsOptions): tls.ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Returns a function that opens sockets to a target.
 *
 * All sockets read into one buffer (`onread` of `net.connect`), which is safe since a read and the
 * listener's call are one step of the event loop.
 */
export function createSocketOpener(
  target: ResolvedTarget,
  tlsOptions: LoadTlsOptions | null,
): SocketOpener {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  if (tlsOptions === null) {
    return (onRead) =>
      net.connect({ ...target, noDelay: true, onread: { buffer, callback: onRead } });
  }
  const secureContext = tls.createSecureContext(definedOnly(tlsOptions));
  return (onRead) => {
    // `onread` is an option of tls.connect too, which its types leave out.
    const options: tls.ConnectionOptions & Pick<net.SocketConstructorOpts, 'onread'> = {
      ...target,
      ...definedOnly(tlsOptions),
      secureContext,
      onread: { buffer, callback: onRead },
    };
    const socket = tls.connect(options);
    socket.setNoDelay(true);
    return socket;
  };
}
