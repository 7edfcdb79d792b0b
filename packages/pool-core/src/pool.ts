/**
 * What users of every pool import, whatever its workers are: its options, events, stats and errors, and
 * handlers. Each pool's package exports all of it.
 *
 * @module
 */
export {
  type ActivityOf,
  type ConnectionActivity,
  type ConnectionContext,
  type ConnectionHandler,
  type Departure,
  type DepartureReason,
  type Logger,
  type LogLevel,
  ChannelFullError,
  type ChannelListener,
  PoolChannel,
  serverHandler,
  type ServerHandlerOptions,
  type WorkerContext,
  type WorkerLogger,
  type WriteEntry,
} from '@sockpool/handler';
export type { ErrorRecord } from './errors/error-record.ts';
export type {
  ConnectionDiagnostics,
  NamedConnection,
  RestartDiagnostics,
  WorkerDiagnostics,
} from './protocol/diagnostics.ts';
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
export { InspectionError, WorkerNotRunningError } from './errors/inspection-errors.ts';
export {
  RetireFailedError,
  UnknownWorkerError,
  WorkerCrashError,
  WorkerProbeError,
} from './errors/rollout-errors.ts';
export { WorkerSpawnError } from './errors/worker-spawn-error.ts';
export type { AcceptMode } from './options/accept-mode.ts';
export type { AdmissionOptions } from './options/admission-options.ts';
export type { ChannelOptions } from './options/channel-options.ts';
export type { CloseOptions } from './options/close-options.ts';
export type { ConnectionOptions } from './options/listening/connection-options.ts';
export type { HealthOptions } from './options/workers/health-options.ts';
export type { InspectOptions, InspectionKind } from './options/workers/inspect-options.ts';
export type { AddressList } from './primary/accepting/pool-addresses.ts';
export type { ListenOptions } from './options/listening/listen-options.ts';
export type { MetricsOptions } from './options/metrics-options.ts';
export type {
  OverloadOptions,
  OverloadPolicy,
  ShedConnection,
  ShedReason,
} from './options/overload-options.ts';
export type { OpenConnection } from './protocol/inspection.ts';
export type { WorkerConnections } from './primary/inspection/worker-connections.ts';
export type { PoolOptions } from './options/pool-options.ts';
export type { PoolProxyOptions } from './options/listening/proxy-options.ts';
export type {
  RecycleLimit,
  RecycleOptions,
  RecycleReason,
} from './options/workers/recycle-options.ts';
export type {
  ChangeOptions,
  ResizeReport,
  RestartOptions,
  RestartReport,
  RetireOptions,
  RetireReport,
} from './options/workers/restart-options.ts';
export type {
  RolloutOptions,
  ProbeTarget,
  WorkerProbe,
} from './options/workers/rollout-options.ts';
export type { SchedulingPolicy } from './options/scheduling-options.ts';
export type { ShutdownOptions, StopLimits, StopStep } from './options/workers/shutdown-options.ts';
export {
  type AutoWorkers,
  autoWorkers,
  type AutoWorkersOptions,
} from './options/workers/worker-count.ts';
export type { Pem, PoolTlsOptions, TlsIdentity } from './options/listening/tls-options.ts';
export type { TlsReloadOptions } from './options/listening/tls-reload-options.ts';
export type {
  HealthCheck,
  PoolHealth,
  PoolState,
  WorkerCondition,
  WorkerHealth,
} from './primary/health/pool-health.ts';
export {
  HealthServer,
  type HealthServerOptions,
  serveHealth,
} from './primary/health/serve-health.ts';
export type {
  CloseReport,
  PoolEvents,
  PoolStats,
  SpawnFailure,
  StuckWorker,
} from './primary/pool/pool-stats.ts';
export { httpProbe, type HttpProbeOptions } from './primary/rollouts/http-probe.ts';
export type { ConnectionView, SchedulingFunction, WorkerView } from './options/worker-view.ts';
export type { RespawnOptions } from './options/workers/respawn-options.ts';
export type { WorkerStats } from './primary/supervision/worker-stats.ts';
export type { WorkerInfo, WorkerState } from './options/workers/worker-info.ts';
export type { ConnectionRefusalReason, RefusedConnection } from './protocol/refused-connection.ts';
export type { WorkerExit } from './protocol/worker-handle.ts';
export type { WorkerCounts, WorkerReport } from './protocol/worker-report.ts';
