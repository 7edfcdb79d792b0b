/**
 * What a worker loads and runs a handler with, for whoever makes workers.
 *
 * @module
 */
export {
  type Departure,
  type DepartureOrder,
  departureOf,
  type DepartureReason,
} from './contract/departure.ts';
export { loadHandler } from './hosting/handler-module.ts';
export { PendingWork } from './hosting/pending-work.ts';
export { adviceForFailure } from './hosting/recognized-app.ts';
export { WorkerContexts, type WorkerContextParts } from './hosting/worker-contexts.ts';
