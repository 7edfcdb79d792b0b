/**
 * Serves TCP connections on N supervised processes that share one listening socket.
 *
 * @module
 */
export {
  type CloseReport,
  type ConnectionContext,
  type ConnectionHandler,
  type ConnectionOptions,
  type ConnectionView,
  CrashLoopError,
  DescriptorsExhaustedError,
  type ListenOptions,
  type Logger,
  type OverloadOptions,
  type OverloadPolicy,
  PoolClosedError,
  PoolError,
  type PoolEvents,
  type PoolOptions,
  type PoolState,
  type PoolStats,
  type RespawnOptions,
  SchedulingError,
  type SchedulingFunction,
  type SchedulingPolicy,
  serverHandler,
  type ServerHandlerOptions,
  type ShedConnection,
  type ShedReason,
  type ShutdownOptions,
  SocketTransferUnsupportedError,
  UnsupportedOptionError,
  WorkerBootError,
  WorkerBootTimeoutError,
  type WorkerCounts,
  type WorkerExit,
  type WorkerInfo,
  type WorkerReport,
  type WorkerState,
  type WorkerStats,
  type WorkerView,
} from '@sockpool/worker-supervisor';
export { ProcessPool } from './process-pool.ts';
export type { ProcessPoolOptions } from './process-pool-options.ts';
