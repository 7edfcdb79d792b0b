import { type PoolOptions, ProcessPool } from '@sockpool/process-pool';
import { ThreadPool } from '@sockpool/thread-pool';

/** The name of a kind of pool, on the command line. */
export type PoolName = 'process' | 'thread';

/** All names, for messages. */
export const POOL_NAMES: readonly PoolName[] = ['process', 'thread'];

/** Either kind: both have the same surface. */
export type AnyPool = ProcessPool | ThreadPool;

/**
 * Makes a pool of the kind with that name.
 *
 * @param name which kind
 * @param options the same for both
 */
export function createPool(name: PoolName, options: PoolOptions): AnyPool {
  return name === 'process' ? new ProcessPool(options) : new ThreadPool(options);
}
