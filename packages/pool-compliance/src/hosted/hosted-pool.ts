import type { AddressInfo } from 'node:net';
import type { PoolOptions, WorkerPool } from '@sockpool/pool-core';
import { handlerUrl, type HandlerName, listeningPool, type PoolKind } from '../pool-under-test.ts';
import { portAddress } from '../clients/port-address.ts';

/** The names of the handler modules that host a server. */
export type HostedName = Extract<HandlerName, `hosted/${string}`>;

/**
 * Makes a pool that hosts a server, on one worker unless told otherwise, and starts it.
 *
 * @param kind the kind of pool
 * @param name the handler module
 * @param parameters what the module finds in its URL
 * @param options of the pool
 */
export async function hostedPool(
  kind: PoolKind,
  name: HostedName,
  parameters: Readonly<Record<string, string>> = {},
  options: Partial<PoolOptions> = {},
): Promise<{ pool: WorkerPool; address: AddressInfo; origin: string }> {
  const handler = handlerUrl(name);
  handler.search = String(new URLSearchParams(parameters));
  const { pool } = await listeningPool(kind, { workers: 1, ...options, handler });
  const address = portAddress(pool.address);
  return { pool, address, origin: `${address.address}:${address.port}` };
}
