/**
 * Keeps N workers alive and hands each accepted connection to one, whatever a worker is.
 *
 * @module
 */
export { type AcceptMode, requireAcceptMode } from './options/accept-mode.ts';
export { requireNoDispatch } from './options/accept-in-primary.ts';
export {
  type Acceptor,
  type AcceptorEvents,
  PrimaryAcceptor,
} from './primary/accepting/acceptor.ts';
export type { RespawnOptions } from './primary/supervision/backoff.ts';
export type {
  ConnectionContext,
  ConnectionHandler,
  Logger,
  LogLevel,
  WorkerContext,
} from './handler/connection-handler.ts';
export type { Departure, DepartureReason } from './handler/departure.ts';
export { type ConnectionOptions, serverOptions } from './options/connection-options.ts';
export type { ErrorRecord } from './errors/error-record.ts';
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
} from './errors/errors.ts';
export type { StopLimits, StopStep } from './primary/supervision/escalation.ts';
export { type InheritedSocket, isInheritedFor } from './options/inherited-socket.ts';
export type { AdmissionOptions, ResolvedAdmissionOptions } from './options/admission-options.ts';
export type { PoolProxyOptions } from './options/proxy-options.ts';
export type { Pem, PoolTlsOptions, TlsIdentity } from './options/tls-options.ts';
export type { TlsReloadOptions } from './options/tls-reload-options.ts';
export type { HealthOptions } from './options/health-options.ts';
export type { ListenOptions, ResolvedListenOptions } from './options/listen-options.ts';
export type { PrimaryMessage, WorkerMessage } from './protocol/messages.ts';
export type {
  OverloadOptions,
  OverloadPolicy,
  ResolvedOverloadOptions,
  ShedConnection,
  ShedReason,
} from './options/overload-options.ts';
export {
  ParkableListener,
  type ListenerEvents,
  type ReceiveMessageOnPort,
} from './listener/parkable-listener.ts';
export type {
  HealthCheck,
  PoolHealth,
  WorkerCondition,
  WorkerHealth,
} from './primary/health/pool-health.ts';
export {
  POOL_DEFAULTS,
  type PoolOptions,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './options/pool-options.ts';
export type { CloseOptions } from './options/close-options.ts';
export type {
  CloseReport,
  PoolEvents,
  PoolState,
  PoolStats,
  SpawnFailure,
  StuckWorker,
  WorkerInfo,
  WorkerStats,
} from './primary/pool/pool-stats.ts';
export type { RecycleLimit, RecycleOptions, RecycleReason } from './options/recycle-options.ts';
export type { ConnectionRefusalReason, RefusedConnection } from './protocol/refused-connection.ts';
export type {
  ChangeOptions,
  ResizeReport,
  RestartOptions,
  RestartReport,
  RetireOptions,
  RetireReport,
} from './options/restart-options.ts';
export { requireEnvironment } from './options/environment.ts';
export { httpProbe, type HttpProbeOptions } from './primary/rollouts/http-probe.ts';
export {
  RetireFailedError,
  UnknownWorkerError,
  WorkerCrashError,
  WorkerProbeError,
} from './errors/rollout-errors.ts';
export type { RolloutOptions } from './options/rollout-options.ts';
export type { ProbeTarget, WorkerProbe } from './primary/rollouts/worker-probe.ts';
export { WorkerSpawnError } from './errors/worker-spawn-error.ts';
export {
  HealthServer,
  type HealthServerOptions,
  serveHealth,
} from './primary/health/serve-health.ts';
export type { ShutdownOptions } from './options/shutdown-options.ts';
export { serverHandler, type ServerHandlerOptions } from './handler/server-handler.ts';
export { requireSocketTransfer } from './options/socket-transfer.ts';
export { bindSocket } from './listener/bind-socket.ts';
export {
  inspectorIsOpen,
  namedInspectorPort,
  opensInspector,
  withoutInspector,
} from './options/debugging.ts';
export { type ChildStdio, descriptorsOf, withoutSockets } from './listener/socket-descriptors.ts';
export type { SchedulingPolicy } from './options/scheduling-options.ts';
export {
  type SharedSocket,
  SharedSocketAcceptor,
} from './primary/accepting/shared-socket-acceptor.ts';
export type {
  HandoffResult,
  SharedWorkerState,
  SpawnWorker,
  WorkerBoot,
  WorkerExit,
  WorkerHandle,
  WorkerHandleEvents,
} from './protocol/worker-handle.ts';
export { WorkerPool } from './primary/pool/worker-pool.ts';
export type { WorkerKind } from './primary/pool/worker-kind.ts';
export { WorkerCounters, type WorkerCounts, type WorkerReport } from './protocol/worker-report.ts';
export {
  type WorkerListener,
  type WorkerPort,
  WorkerRuntime,
  type WorkerRuntimeSettings,
} from './worker/worker-runtime.ts';
export type { WorkerState } from './protocol/worker-state.ts';
export type {
  ConnectionView,
  SchedulingFunction,
  WorkerView,
} from './primary/scheduling/worker-view.ts';
