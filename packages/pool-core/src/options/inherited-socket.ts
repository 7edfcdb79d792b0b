import type { AddressInfo } from 'node:net';
import type { ResolvedListenOptions } from './listen-options.ts';

/** A listening socket that this process has from another one. */
export interface InheritedSocket {
  /** Its descriptor in this process. */
  readonly fd: number;
  readonly address: AddressInfo;
}

/**
 * Tells whether an inherited socket is the one that a pool is told to listen on.
 *
 * @param listen where the pool is to listen; port 0 takes any
 * @param address where the socket listens
 */
export function isInheritedFor(
  listen: ResolvedListenOptions,
  address: AddressInfo | undefined,
): boolean {
  return 'port' in listen && (listen.port === 0 || listen.port === address?.port);
}
