import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { LineClient } from './line-client.ts';
import { portAddress } from './port-address.ts';

/** A client that speaks lines through TLS. */
export interface TlsClient {
  readonly socket: tls.TLSSocket;
  readonly lines: LineClient;
  /** Resolves to what a later connection resumes the session by. */
  readonly session: Promise<Buffer>;
}

/**
 * Connects and shakes hands; it goes with the test. It asks for `localhost` unless told otherwise.
 *
 * @param address where
 * @param options the client's, such as whom it trusts
 */
export async function connectTls(
  address: AddressInfo | string | undefined,
  options: tls.ConnectionOptions,
): Promise<TlsClient> {
  const client = startTls(address, options);
  await once(client.socket, 'secureConnect');
  return client;
}

/** Begins to connect, for clients that may be refused. See {@link connectTls}. */
export function startTls(
  address: AddressInfo | string | undefined,
  options: tls.ConnectionOptions,
): TlsClient {
  const { port, address: host } = portAddress(address);
  const to = options.socket === undefined ? { port, host } : {};
  const socket = tls.connect({ servername: 'localhost', ...to, ...options });
  onTestFinished(() => void socket.destroy());
  const session = new Promise<Buffer>((resolve) => {
    // Node 24 loses what is written before this event's callbacks have returned to OpenSSL.
    socket.once('session', (state: Buffer) => void setImmediate(resolve, state));
  });
  return { socket, lines: LineClient.over(socket), session };
}
