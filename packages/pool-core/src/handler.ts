/**
 * What handler modules import, without the pools' code, which a worker would only load and never run.
 *
 * @module
 */
export type {
  ConnectionContext,
  ConnectionHandler,
  Logger,
  LogLevel,
  WorkerContext,
} from './handler/connection-handler.ts';
export type { Departure, DepartureReason } from './handler/departure.ts';
export { serverHandler, type ServerHandlerOptions } from './handler/server-handler.ts';
