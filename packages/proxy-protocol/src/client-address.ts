import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { ProxyHeader } from './proxy-header.ts';

/** The headers of open sockets by their real addresses, by which a TLS socket finds its own. */
const headers = new Map<string, ProxyHeader>();

/**
 * Makes one socket tell the client's values: `remoteAddress`, `remotePort` and `remoteFamily`, and
 * with them `localAddress`, `localPort` and `localFamily`, become own, constant properties. They
 * do not change when the socket closes. `socket.address()` goes on to tell the real local end.
 *
 * Nothing changes for `'local'`, an unknown family, or unix-domain ends.
 *
 * @param socket any socket
 * @param header the decoded header
 */
export function applyClientAddress(socket: Socket, header: ProxyHeader): void {
  if (header.family !== 'IPv4' && header.family !== 'IPv6') return;
  const { family, source, destination } = header;
  Object.defineProperties(socket, {
    remoteAddress: constant(source.address),
    remotePort: constant(source.port),
    remoteFamily: constant(family),
    localAddress: constant(destination.address),
    localPort: constant(destination.port),
    localFamily: constant(family),
  });
}

/**
 * Makes a TLS or HTTPS server's connections tell the client's values too, when the socket below
 * went through `readProxyHeader()` or `proxyProtocol()` in this thread. It acts before all
 * listeners for `'secureConnection'`. It cannot do so for unix-domain sockets, which have no
 * addresses by which to find the header.
 *
 * @param server the server that gets the sockets with `server.emit('connection', socket)`
 */
export function passClientAddress(server: Server): void {
  server.prependListener('secureConnection', (connection: TLSSocket) => {
    const header = headers.get(realEnds(connection));
    if (header !== undefined) applyClientAddress(connection, header);
  });
}

/** Remembers a socket's header until it closes, and applies it. */
export function adoptHeader(socket: Socket, header: ProxyHeader): void {
  const key = realEnds(socket);
  if (socket.remoteAddress !== undefined) {
    headers.set(key, header);
    socket.once('close', () => {
      if (headers.get(key) === header) headers.delete(key);
    });
  }
  applyClientAddress(socket, header);
}

function realEnds(socket: Socket): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function constant(value: string | number): PropertyDescriptor {
  return { value, configurable: true, enumerable: true, writable: false };
}
