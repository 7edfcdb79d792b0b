/**
 * Rooms, broadcasts and requests of Socket.IO across the workers of a pool, without a broker.
 *
 * @module
 */
export { createAdapter, type PoolAdapterOptions } from './pool-adapter.ts';
export { drainSocketIo, type SocketIoServerLike } from './drain-socket-io.ts';
