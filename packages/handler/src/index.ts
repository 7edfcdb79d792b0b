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
} from './contract/connection-handler.ts';
export { type CurrentWorker, currentWorker } from './contract/current-worker.ts';
export type { Departure, DepartureReason } from './contract/departure.ts';
export { serverHandler, type ServerHandlerOptions } from './serving/server-handler.ts';
export {
  type GracefulCloseOptions,
  type GracefulCloseReport,
  GracefulServer,
  type GracefulServerOptions,
} from './standalone/graceful-server.ts';
