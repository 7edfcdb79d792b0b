/**
 * What handler modules import, without the pool's code, which a worker would only load and never run.
 *
 * @module
 */
export {
  type ConnectionContext,
  type ConnectionHandler,
  type Departure,
  type DepartureReason,
  type Logger,
  serverHandler,
  type ServerHandlerOptions,
  type WorkerContext,
} from '@sockpool/pool-core/handler';
