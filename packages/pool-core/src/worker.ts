/**
 * What a worker runs, without the primary's code, which it would only load and never run.
 *
 * @module
 */
export { BurstListener } from './listener/burst-listener.ts';
export { DeathWatch, type DeathWatchSettings } from './worker/death-watch.ts';
export { type ConnectionOptions, serverOptions } from './options/listening/connection-options.ts';
export { EventLoopRest } from './worker/reporting/event-loop-rest.ts';
export type { PrimaryMessage, WorkerMessage } from './protocol/messages.ts';
export { monotonicNowMs } from './protocol/monotonic-clock.ts';
export {
  ParkableListener,
  type ListenerEvents,
  type ReceiveMessageOnPort,
} from './listener/parkable-listener.ts';
export { closeSockets, descriptorsOf } from './listener/socket-descriptors.ts';
export type { WorkerBoot } from './protocol/worker-handle.ts';
export { WorkerCounters, type WorkerCounts, type WorkerReport } from './protocol/worker-report.ts';
export type { WorkerListener, WorkerPort } from './worker/worker-port.ts';
export { WorkerRuntime, type WorkerRuntimeSettings } from './worker/worker-runtime.ts';
