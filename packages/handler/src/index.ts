/**
 * What a connection handler is, and any Node server as one, drained without losing a request.
 *
 * @module
 */
export type { ActivityOf, ConnectionActivity } from './contract/connection-activity.ts';
export { hostHandler } from './apps/host-handler.ts';
export type {
  ConnectionContext,
  ConnectionHandler,
  Logger,
  LogLevel,
  WorkerContext,
  WorkerLogger,
  WriteEntry,
} from './contract/connection-handler.ts';
export { type CurrentWorker, currentWorker } from './contract/current-worker.ts';
export type { WorkerHook } from './contract/worker-hook.ts';
export { channel, type ChannelListener, PoolChannel } from './messages/pool-channel.ts';
export { ChannelFullError } from './messages/channel-full-error.ts';
export { type LeaderTask, runOnLeader } from './messages/worker-leadership.ts';
export {
  drainWebSockets,
  type DrainWebSocketsOptions,
  type WebSocketLike,
  type WebSocketServerLike,
} from './closing/drain-web-sockets.ts';
export type { Departure, DepartureReason } from './contract/departure.ts';
export { serverHandler, type ServerHandlerOptions } from './serving/server-handler.ts';
export {
  type GracefulCloseOptions,
  type GracefulCloseReport,
  GracefulServer,
  type GracefulServerOptions,
} from './standalone/graceful-server.ts';
