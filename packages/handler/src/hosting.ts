/**
 * What a worker loads and runs a handler with, for code that starts workers.
 *
 * @module
 */
export { messageFirst } from './contract/message-first.ts';
export { currentWorker, setCurrentWorker } from './contract/current-worker.ts';
export {
  type Departure,
  type DepartureOrder,
  departureOf,
  type DepartureReason,
} from './contract/departure.ts';
export { SlotSet, type Slotted } from './closing/slot-set.ts';
export { eitherOrder } from './hosting/either-order.ts';
export { loadHandler } from './hosting/handler-module.ts';
export { WorkerHooks } from './hosting/worker-hooks.ts';
export { ChannelFullError } from './messages/channel-full-error.ts';
export {
  ChannelLine,
  type ChannelPort,
  MAX_CHANNELS,
  setChannelLine,
} from './messages/channel-line.ts';
export { MAX_CHANNEL_NAME, PoolChannel } from './messages/pool-channel.ts';
export {
  type LeadershipPort,
  setLeadership,
  WorkerLeadership,
} from './messages/worker-leadership.ts';
export { PendingWork } from './hosting/pending-work.ts';
export { adviceForFailure } from './apps/recognized-app.ts';
export { programOf } from './program/program-handler.ts';
export { WorkerContexts, type WorkerContextParts } from './hosting/worker-contexts.ts';
