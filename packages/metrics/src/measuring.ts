/**
 * What a worker measures itself with, for makers of pools.
 *
 * @module
 */
export type { WorkerMeasures } from './measuring/worker-measures.ts';
export {
  type MeteredConnection,
  WorkerMeter,
  type WorkerMeterSettings,
} from './measuring/worker-meter.ts';
