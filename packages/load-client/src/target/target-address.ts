import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { requireNumber } from '../option-checks.ts';

/** Where a server is: a TCP address, or the path of a unix socket. */
export type ResolvedTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/**
 * Where a server is, as people have it at hand: `{ host, port }`, `{ path }`, what
 * `server.address()` or `pool.address` tells, or the path of a unix socket.
 */
export type TargetAddress =
  | { readonly host?: string | undefined; readonly port: number }
  | { readonly path: string }
  | AddressInfo
  | string;

/** A server that listens on every address is asked on this machine's own. */
const LOOPBACK: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/**
 * Makes one form of all forms of an address. The host is 127.0.0.1 where none is named.
 *
 * @param name how errors call it
 * @throws {TypeError} when it is no address
 * @throws {RangeError} when the port is none
 */
export function resolveTargetAddress(name: string, target: TargetAddress): ResolvedTarget {
  if (typeof target === 'string' && target !== '') return { path: target };
  if (typeof target === 'object' && target !== null) {
    if ('path' in target && typeof target.path === 'string' && target.path !== '') {
      return { path: target.path };
    }
    if ('port' in target) {
      const port = requireNumber(`${name}.port`, target.port, { min: 1, max: 65_535, whole: true });
      const named =
        'address' in target ? target.address : 'host' in target ? target.host : undefined;
      if (named === undefined || (typeof named === 'string' && named !== '')) {
        const host = named ?? '127.0.0.1';
        return { host: LOOPBACK.get(host) ?? host, port };
      }
    }
  }
  throw new TypeError(
    `Option ${name} must be { host, port }, { path }, the address of a server that listens, ` +
      `or the path of a unix socket, got ${inspect(target)}`,
  );
}
