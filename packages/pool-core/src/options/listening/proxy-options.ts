import { createRequire } from 'node:module';
import type * as ProxyProtocolModule from '@sockpool/proxy-protocol';
import type { ReadProxyHeaderOptions } from '@sockpool/proxy-protocol';
import { requireKnownOptions, requireObject } from '@sockpool/option-checks';

const require = createRequire(import.meta.url);

/** How the workers read the header of the PROXY protocol; plain data, so that it reaches them. */
export interface PoolProxyOptions extends Omit<ReadProxyHeaderOptions, 'signal' | 'trusted'> {
  /**
   * The load balancers: addresses (`'192.0.2.1'`), networks (`'10.0.0.0/8'`), and `'unix'` for
   * every peer of a unix-domain socket. Only they may send a header; anyone else could pretend
   * to be any client, so there is no default.
   */
  readonly trusted: readonly string[];
}

/** Every option, for the check of their names. */
const KNOWN = Object.freeze({
  trusted: true,
  untrusted: true,
  timeoutMs: true,
  required: true,
  maxHeaderBytes: true,
} satisfies Record<keyof PoolProxyOptions, true>);

/**
 * Checks how headers are to be read. Does not change its input.
 *
 * @param options what the caller gave
 * @returns a copy
 * @throws {TypeError} when an option is of the wrong kind, or unknown
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveProxyOptions(options: PoolProxyOptions): PoolProxyOptions {
  requireObject('Option proxyProtocol', options, "{ trusted: ['10.0.0.0/8'] }");
  requireKnownOptions(options, KNOWN, { within: 'proxyProtocol.' });
  if (!Array.isArray(options.trusted)) {
    throw new TypeError(
      "Option proxyProtocol.trusted must be a list such as ['10.0.0.0/8'], which a " +
        'net.BlockList is not: it cannot be sent to workers',
    );
  }
  // Loaded only when it is asked for: pools without it start faster.
  const { createProxyHeaderReader } =
    require('@sockpool/proxy-protocol') as typeof ProxyProtocolModule;
  createProxyHeaderReader(options, 'proxyProtocol.');
  return Object.freeze({ ...options, trusted: Object.freeze([...options.trusted]) });
}
