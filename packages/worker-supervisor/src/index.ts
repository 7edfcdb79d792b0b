/**
 * Keeps N workers alive and hands each accepted connection to one, whatever a worker is.
 *
 * @module
 */
export { requireNoDispatch } from './accept-in-primary.ts';
export { type Acceptor, type AcceptorEvents, PrimaryAcceptor, serverOptions } from './acceptor.ts';
export type { RespawnOptions } from './backoff.ts';
export type {
  ConnectionContext,
  ConnectionHandler,
  Logger,
  LogLevel,
} from './connection-handler.ts';
export {
  CrashLoopError,
  DescriptorsExhaustedError,
  type ErrorRecord,
  PoolClosedError,
  PoolError,
  SchedulingError,
  SocketTransferUnsupportedError,
  UnsupportedOptionError,
  WorkerBootError,
  WorkerBootTimeoutError,
} from './errors.ts';
export type { ShutdownOptions, StopStep } from './escalation.ts';
export type { ListenOptions, ResolvedListenOptions } from './listen-options.ts';
export type { PrimaryMessage, WorkerMessage } from './messages.ts';
export type {
  OverloadOptions,
  OverloadPolicy,
  ResolvedOverloadOptions,
  ShedConnection,
  ShedReason,
} from './overload-options.ts';
export {
  ParkableListener,
  type ListenerEvents,
  type ReceiveMessageOnPort,
} from './parkable-listener.ts';
export {
  type ConnectionOptions,
  POOL_DEFAULTS,
  type PoolOptions,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './pool-options.ts';
export type {
  CloseReport,
  PoolEvents,
  PoolState,
  PoolStats,
  WorkerInfo,
  WorkerStats,
} from './pool-stats.ts';
export { serverHandler, type ServerHandlerOptions } from './server-handler.ts';
export { requireSocketTransfer, requireTransferable } from './socket-transfer.ts';
export type { SchedulingPolicy } from './scheduling.ts';
export type {
  HandoffResult,
  SharedWorkerState,
  SpawnWorker,
  WorkerBoot,
  WorkerExit,
  WorkerHandle,
  WorkerHandleEvents,
} from './worker-handle.ts';
export { WorkerPool, type WorkerPoolMachinery } from './worker-pool.ts';
export { WorkerCounters, type WorkerCounts, type WorkerReport } from './worker-report.ts';
export {
  type WorkerListener,
  type WorkerPort,
  WorkerRuntime,
  type WorkerRuntimeSettings,
} from './worker-runtime.ts';
export type { WorkerState } from './worker-state.ts';
export type { ConnectionView, SchedulingFunction, WorkerView } from './worker-view.ts';
