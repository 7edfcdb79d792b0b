/**
 * What a worker runs, without the primary's code, which it would only load and never run.
 *
 * @module
 */
export { DeathWatch, type DeathWatchSettings } from './death-watch.ts';
export { type ConnectionOptions, serverOptions } from './connection-options.ts';
export { EventLoopRest } from './event-loop-rest.ts';
export type { PrimaryMessage, WorkerMessage } from './messages.ts';
export { monotonicNowMs } from './monotonic-clock.ts';
export {
  ParkableListener,
  type ListenerEvents,
  type ReceiveMessageOnPort,
} from './parkable-listener.ts';
export { closeSockets, descriptorsOf } from './socket-descriptors.ts';
export type { WorkerBoot } from './worker-handle.ts';
export { WorkerCounters, type WorkerCounts, type WorkerReport } from './worker-report.ts';
export {
  type WorkerListener,
  type WorkerPort,
  WorkerRuntime,
  type WorkerRuntimeSettings,
} from './worker-runtime.ts';
