import { createRequire } from 'node:module';
import type * as ConnectionGuardModule from '@sockpool/connection-guard';
import type { GuardOptions, ResolvedGuardOptions } from '@sockpool/connection-guard';
import { requireObject } from './option-validation.ts';
import { type PoolProxyOptions, resolveProxyOptions } from './proxy-options.ts';

const require = createRequire(import.meta.url);

/** What a connection has to pass before its handler sees it. Everything is off unless given. */
export interface GateOptions {
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
}

/** {@link GateOptions} checked and with every default filled in. Survives a structured clone. */
export interface ResolvedGateOptions {
  readonly protection: ResolvedGuardOptions | undefined;
  readonly proxyProtocol: PoolProxyOptions | undefined;
}

/**
 * Checks what connections have to pass. Does not change its input.
 *
 * @param options what the caller gave
 * @returns undefined when nothing is asked for
 * @throws {TypeError} when an option is of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveGateOptions(options: GateOptions): ResolvedGateOptions | undefined {
  const { protection, proxyProtocol } = options;
  if (protection === undefined && proxyProtocol === undefined) return undefined;
  return Object.freeze({
    protection: protection === undefined ? undefined : resolveProtection(protection),
    proxyProtocol: proxyProtocol === undefined ? undefined : resolveProxyOptions(proxyProtocol),
  });
}

function resolveProtection(protection: GuardOptions): ResolvedGuardOptions {
  requireObject('Option protection', protection, '{ idleTimeoutMs: 60_000 }');
  // Loaded only when it is asked for: pools without it start faster.
  const { resolveGuardOptions } =
    require('@sockpool/connection-guard') as typeof ConnectionGuardModule;
  return resolveGuardOptions(protection, 'protection.');
}
