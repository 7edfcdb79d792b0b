/**
 * Serves TCP connections on N supervised threads, to which accepted sockets are moved.
 *
 * @module
 */
export * from '@sockpool/pool-core/pool';
export { ThreadPool } from './thread-pool.ts';
export type { ThreadPoolOptions } from './thread-pool-options.ts';
