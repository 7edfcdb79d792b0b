/**
 * Keeps N workers alive and hands each accepted connection to one, whatever a worker is.
 *
 * @module
 */
export { type AcceptMode, requireAcceptMode } from './accept-mode.ts';
export { requireNoDispatch } from './accept-in-primary.ts';
export { type Acceptor, type AcceptorEvents, PrimaryAcceptor } from './acceptor.ts';
export type { RespawnOptions } from './backoff.ts';
export type {
  ConnectionContext,
  ConnectionHandler,
  Logger,
  LogLevel,
  WorkerContext,
} from './connection-handler.ts';
export type { Departure, DepartureReason } from './departure.ts';
export { type ConnectionOptions, serverOptions } from './connection-options.ts';
export type { ErrorRecord } from './error-record.ts';
export {
  CrashLoopError,
  DescriptorsExhaustedError,
  InvalidTlsOptionsError,
  PoolClosedError,
  PoolError,
  PoolNotListeningError,
  ResizeFailedError,
  RestartFailedError,
  SchedulingError,
  SocketTransferUnsupportedError,
  TlsReloadTimeoutError,
  UnsupportedOptionError,
  WorkerBootError,
  WorkerBootTimeoutError,
  WorkerStuckError,
} from './errors.ts';
export type { StopLimits, StopStep } from './escalation.ts';
export { type InheritedSocket, isInheritedFor } from './inherited-socket.ts';
export type { GateOptions, ResolvedGateOptions } from './gate-options.ts';
export type { PoolProxyOptions } from './proxy-options.ts';
export type { Pem, PoolTlsOptions, TlsIdentity } from './tls-options.ts';
export type { TlsReloadOptions } from './tls-reload-options.ts';
export type { HealthOptions } from './health-options.ts';
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
export type { HealthCheck, PoolHealth, WorkerCondition, WorkerHealth } from './pool-health.ts';
export {
  POOL_DEFAULTS,
  type PoolOptions,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './pool-options.ts';
export type { CloseOptions } from './close-options.ts';
export type {
  CloseReport,
  PoolEvents,
  PoolState,
  PoolStats,
  SpawnFailure,
  StuckWorker,
  WorkerInfo,
  WorkerStats,
} from './pool-stats.ts';
export type { RecycleLimit, RecycleOptions, RecycleReason } from './recycle-options.ts';
export type { ConnectionRefusalReason, RefusedConnection } from './refused-connection.ts';
export type {
  ChangeOptions,
  ResizeReport,
  RestartOptions,
  RestartReport,
  RetireOptions,
  RetireReport,
} from './restart-options.ts';
export {
  requireDurationMs,
  requireEnvironment,
  requireKnownOptions,
  requireObject,
  requireStrings,
} from './option-validation.ts';
export { httpProbe, type HttpProbeOptions } from './http-probe.ts';
export {
  RetireFailedError,
  UnknownWorkerError,
  WorkerCrashError,
  WorkerProbeError,
} from './rollout-errors.ts';
export type { RolloutOptions } from './rollout-options.ts';
export type { ProbeTarget, WorkerProbe } from './worker-probe.ts';
export { WorkerSpawnError } from './worker-spawn-error.ts';
export { HealthServer, type HealthServerOptions, serveHealth } from './serve-health.ts';
export type { ShutdownOptions } from './shutdown-options.ts';
export { serverHandler, type ServerHandlerOptions } from './server-handler.ts';
export { requireSocketTransfer } from './socket-transfer.ts';
export { bindSocket } from './bind-socket.ts';
export {
  inspectorIsOpen,
  namedInspectorPort,
  opensInspector,
  withoutInspector,
} from './debugging.ts';
export { type ChildStdio, descriptorsOf, withoutSockets } from './socket-descriptors.ts';
export type { SchedulingPolicy } from './scheduling.ts';
export { type SharedSocket, SharedSocketAcceptor } from './shared-socket-acceptor.ts';
export type {
  HandoffResult,
  SharedWorkerState,
  SpawnWorker,
  WorkerBoot,
  WorkerExit,
  WorkerHandle,
  WorkerHandleEvents,
} from './worker-handle.ts';
export { WorkerPool } from './worker-pool.ts';
export type { WorkerPoolMachinery } from './worker-pool-machinery.ts';
export { WorkerCounters, type WorkerCounts, type WorkerReport } from './worker-report.ts';
export {
  type WorkerListener,
  type WorkerPort,
  WorkerRuntime,
  type WorkerRuntimeSettings,
} from './worker-runtime.ts';
export type { WorkerState } from './worker-state.ts';
export type { ConnectionView, SchedulingFunction, WorkerView } from './worker-view.ts';
