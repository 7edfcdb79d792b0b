/**
 * Serves TCP connections on N supervised threads, to which accepted sockets are moved.
 *
 * @module
 */
export {
  type ChangeOptions,
  type CloseOptions,
  type CloseReport,
  type ConnectionContext,
  type ConnectionHandler,
  type ConnectionOptions,
  CrashLoopError,
  type HealthOptions,
  type ListenOptions,
  type Logger,
  PoolClosedError,
  PoolError,
  type PoolEvents,
  type PoolOptions,
  type PoolState,
  type PoolStats,
  PoolNotListeningError,
  ResizeFailedError,
  type RecycleLimit,
  type RecycleOptions,
  type RecycleReason,
  type ResizeReport,
  type RespawnOptions,
  RestartFailedError,
  type RestartOptions,
  type RestartReport,
  type SchedulingPolicy,
  serverHandler,
  type ServerHandlerOptions,
  type ShutdownOptions,
  SocketTransferUnsupportedError,
  WorkerBootError,
  WorkerBootTimeoutError,
  WorkerStuckError,
  type WorkerCounts,
  type WorkerExit,
  type WorkerInfo,
  type WorkerReport,
  type WorkerState,
  type WorkerStats,
} from '@sockpool/worker-supervisor';
export { ThreadPool } from './thread-pool.ts';
export type { ThreadPoolOptions } from './thread-pool-options.ts';
