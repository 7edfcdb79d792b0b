/**
 * What it takes to start a worker process on a socket, without the code of a pool: for whoever
 * starts one before that is loaded.
 *
 * @module
 */
export { bindSocket } from './listener/bind-socket.ts';
export { type ChildStdio, closeSockets, withoutSockets } from './listener/socket-descriptors.ts';
export {
  type ListenOptions,
  type ResolvedListenOptions,
  resolveListenOptions,
} from './options/listening/listen-options.ts';
export { opensInspector } from './options/workers/debugging.ts';
