import { createRequire } from 'node:module';
import type * as ConnectionGuardModule from '@sockpool/connection-guard';
import type { GuardOptions, ResolvedGuardOptions } from '@sockpool/connection-guard';
import { requireObject } from '@sockpool/option-checks';
import { type PoolProxyOptions, resolveProxyOptions } from './listening/proxy-options.ts';
import { type PoolTlsOptions, resolveTlsOptions } from './listening/tls-options.ts';
import type { ResolvedTlsOptions } from './listening/resolved-tls-options.ts';

const require = createRequire(import.meta.url);

/** What a connection has to pass before its handler sees it. Everything is off unless given. */
export interface AdmissionOptions {
  /**
   * Which connections are refused or cut: by address, by number per client, by silence, by
   * slowness, by bytes and by memory. Every limit is one worker's but
   * `maxConnectionsPerAddress`, which the whole pool keeps exactly.
   * @default undefined
   */
  readonly protection?: GuardOptions;
  /**
   * Reads the header that HAProxy and other load balancers send before the client's first byte
   * (PROXY protocol, versions 1 and 2), so that handlers and `protection` see the client's
   * address. A connection whose header is missing, wrong, late or from anyone who is not
   * `trusted` is refused. The primary chooses a worker before the header is read, so that
   * scheduling by `'client-affinity'` is refused, and a scheduling function sees the
   * load balancer's address.
   * @default undefined
   */
  readonly proxyProtocol?: PoolProxyOptions;
  /**
   * Terminates TLS in the workers, so that handlers get a `tls.TLSSocket` whose handshake is done.
   * All workers resume each other's sessions, and `reloadTls()` exchanges certificates without
   * a restart. A connection whose handshake fails or takes too long is refused; what `protection`
   * counts and limits is what is on the wire. A server that the handler hosts is then one without
   * TLS of its own: `http.createServer()`, not `https.createServer()`.
   * @default undefined
   */
  readonly tls?: PoolTlsOptions;
}

/** {@link AdmissionOptions} checked and with every default filled in. Survives a structured clone. */
export interface ResolvedAdmissionOptions {
  readonly protection: ResolvedGuardOptions | undefined;
  readonly proxyProtocol: PoolProxyOptions | undefined;
  readonly tls: ResolvedTlsOptions | undefined;
}

/**
 * Checks what connections have to pass. Does not change its input.
 *
 * @param options what the caller gave
 * @returns undefined when nothing is asked for
 * @throws {TypeError} when an option is of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 * @throws {InvalidTlsOptionsError} when OpenSSL cannot use what `tls` says
 */
export function resolveAdmissionOptions(
  options: AdmissionOptions,
): ResolvedAdmissionOptions | undefined {
  const { protection, proxyProtocol, tls } = options;
  if ([protection, proxyProtocol, tls].every((option) => option === undefined)) return undefined;
  return Object.freeze({
    protection: protection === undefined ? undefined : resolveProtection(protection),
    proxyProtocol: proxyProtocol === undefined ? undefined : resolveProxyOptions(proxyProtocol),
    tls: tls === undefined ? undefined : resolveTlsOptions(tls),
  });
}

function resolveProtection(protection: GuardOptions): ResolvedGuardOptions {
  requireObject('Option protection', protection, '{ idleTimeoutMs: 60_000 }');
  // Loaded only when it is asked for: pools without it start faster.
  const { resolveGuardOptions } =
    require('@sockpool/connection-guard') as typeof ConnectionGuardModule;
  return resolveGuardOptions(protection, 'protection.');
}
