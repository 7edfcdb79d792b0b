import type { AddressInfo } from 'node:net';

/**
 * Takes the address of a pool that listens on a port, for clients that speak over TCP only.
 *
 * @param address what `pool.address` is
 * @throws {TypeError} when it is the path of a socket, or there is none
 */
export function portAddress(address: AddressInfo | string | undefined): AddressInfo {
  if (typeof address === 'object') return address;
  throw new TypeError(`The pool must listen on a port, got address ${String(address)}`);
}
