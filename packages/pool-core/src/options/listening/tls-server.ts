import type { SecureContextOptions, Server } from 'node:tls';
import type { ResolvedTlsIdentity, ResolvedTlsOptions } from './resolved-tls-options.ts';

/** The same in all workers, so that a session that one of them began goes on in another. */
const SESSION_ID_CONTEXT = 'sockpool';

/**
 * Makes a TLS server that does not listen: connections are given to it by its `connection` event.
 *
 * @param options how it terminates TLS
 * @throws {Error} OpenSSL's, when it cannot use the keys, certificates or ciphers
 */
export function createTlsServer(options: ResolvedTlsOptions): Server {
  const { identity, serverNames, ALPNProtocols } = options;
  // Loaded when it is needed: pools without TLS start faster.
  const server = process.getBuiltinModule('node:tls').createServer({
    ...contextOptions(options, identity),
    ...(ALPNProtocols !== undefined && { ALPNProtocols: [...ALPNProtocols] }),
    requestCert: options.requestCert,
    rejectUnauthorized: options.rejectUnauthorized,
    handshakeTimeout: options.handshakeTimeoutMs,
    ticketKeys: Buffer.from(options.ticketKeys),
    sessionIdContext: SESSION_ID_CONTEXT,
  });
  for (const [name, other] of serverNames) server.addContext(name, contextOptions(options, other));
  return server;
}

function contextOptions(
  { context }: ResolvedTlsOptions,
  identity: ResolvedTlsIdentity,
): SecureContextOptions {
  const { ca, crl, ...settings } = context;
  const { key, cert, pfx, passphrase } = identity;
  return {
    ...settings,
    ...(ca !== undefined && { ca: [...ca] }),
    ...(crl !== undefined && { crl: [...crl] }),
    ...(key !== undefined && { key: [...key] }),
    ...(cert !== undefined && { cert: [...cert] }),
    ...(pfx !== undefined && { pfx: Buffer.from(pfx) }),
    ...(passphrase !== undefined && { passphrase }),
  };
}
