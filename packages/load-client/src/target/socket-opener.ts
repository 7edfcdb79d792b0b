import net from 'node:net';
import type tls from 'node:tls';
import type { ResolvedTarget } from './target-address.ts';

/** Reads bytes of a socket; the buffer is shared by all sockets and valid only during the call. */
type ReadListener = (length: number, buffer: Uint8Array) => boolean;

/** Opens a socket whose bytes go to the listener; with null it is read like any other. */
export type SocketOpener = (onRead: ReadListener | null) => net.Socket;

/** How TLS is used; PEM texts, as for `tls.connect`. */
export interface LoadTlsOptions {
  /**
   * Certificates that are trusted instead of the well-known authorities.
   * @default the well-known authorities
   */
  readonly ca?: string | undefined;
  /**
   * The client's certificate.
   * @default none
   */
  readonly cert?: string | undefined;
  /**
   * The key of the client's certificate.
   * @default none
   */
  readonly key?: string | undefined;
  /** The name that the certificate must have, also sent as SNI. @default the host */
  readonly servername?: string | undefined;
  /** Whether the server's certificate must be valid. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Whether a connection resumes the TLS session of an earlier one of its thread, as browsers do, instead of a full handshake. @default false */
  readonly resume?: boolean | undefined;
}

const READ_BUFFER_BYTES = 65_536;

/** Returns what `tls.connect()` is to hear; `resume` is not its word. */
function definedOnly(options: LoadTlsOptions): tls.ConnectionOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && name !== 'resume'),
  );
}

function reading(
  buffer: Buffer,
  callback: ReadListener | null,
): Pick<net.SocketConstructorOpts, 'onread'> {
  return callback === null ? {} : { onread: { buffer, callback } };
}

/**
 * Resolves with a function that opens sockets to a target; `protocol` is what TLS asks for by ALPN.
 *
 * All sockets read into one buffer (`onread` of `net.connect`), which is safe since a read and the
 * listener's call are one step of the event loop.
 */
export async function createSocketOpener(
  target: ResolvedTarget,
  tlsOptions: LoadTlsOptions | null,
  protocol: string | null = null,
): Promise<SocketOpener> {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  if (tlsOptions === null) {
    return (onRead) => net.connect({ ...target, noDelay: true, ...reading(buffer, onRead) });
  }
  // Its modules cost tens of milliseconds, which runs without TLS need not spend.
  const { default: tls } = await import('node:tls');
  const secureContext = tls.createSecureContext(definedOnly(tlsOptions));
  const { resume = false } = tlsOptions;
  let session: Buffer | undefined;
  return (onRead) => {
    // `onread` is an option of tls.connect too, which its types leave out.
    const options: tls.ConnectionOptions & Pick<net.SocketConstructorOpts, 'onread'> = {
      ...target,
      ...definedOnly(tlsOptions),
      secureContext,
      ...(session === undefined ? {} : { session }),
      ...(protocol === null ? {} : { ALPNProtocols: [protocol] }),
      ...reading(buffer, onRead),
    };
    const socket = tls.connect(options);
    socket.setNoDelay(true);
    if (resume) socket.on('session', (ticket: Buffer) => (session = ticket));
    return socket;
  };
}
