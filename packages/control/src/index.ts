/**
 * Shows and steers a running pool over HTTP on a unix socket: its verbs, health, events, connections, stacks, profiles.
 *
 * @module
 */
export {
  type AboutAnswer,
  type ChangeRequest,
  type CloseAnswer,
  type ConnectionAnswer,
  type ConnectionsAnswer,
  ControlClient,
  type ControlClientOptions,
  controlDirectory,
  type ControlDirectoryOptions,
  ControlError,
  type ControlErrorCode,
  ControlRequestError,
  type CountsAnswer,
  type ErrorAnswer,
  type ErrorLocation,
  findControlSockets,
  type HealthAnswer,
  type MetricsAnswer,
  type PoolEventName,
  type ReportAnswer,
  type ResizeAnswer,
  type RestartAnswer,
  type RestartRequest,
  type RetireAnswer,
  type StatsAnswer,
  type StatusAnswer,
  type SumsAnswer,
  type ToldEvent,
  type UpgradeAnswer,
  type WorkerAnswer,
} from './client.ts';
export type { ChangeTerms, ControllablePool } from './controllable-pool.ts';
export type { CutClients } from './cut-clients.ts';
export type { ControlOptions } from './control-options.ts';
export type { ControlPage, MakeControlPage, PageHost } from './control-page.ts';
export { ControlServer, serveControl } from './serve-control.ts';
