/**
 * Serves TCP connections on N supervised processes that share one listening socket.
 *
 * @module
 */
export * from '@sockpool/pool-core/pool';
export { ProcessPool } from './process-pool.ts';
export { inheritedDescriptors } from './inherited-sockets.ts';
export type { BesideOptions, ListenerBeside } from './listeners-beside.ts';
export { UpgradeFailedError } from './new-primary.ts';
export type { ProcessPoolOptions, UpgradeOptions, UpgradeReport } from './process-pool-options.ts';
