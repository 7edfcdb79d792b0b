import type { WorkerState } from './worker-state.ts';

/** A worker, as events and stats name it. */
export interface WorkerInfo {
  /** Its slot in the pool, from 0. */
  readonly workerId: number;
  /** Process id or thread id. */
  readonly nativeId: number;
  /** How many restarts the pool had when it was spawned. */
  readonly generation: number;
  readonly state: WorkerState;
}

/**
 * Says which worker it is, for events and stats.
 *
 * @param worker the worker
 */
export function workerInfo(worker: {
  readonly id: number;
  readonly nativeId: number;
  readonly generation: number;
  readonly state: WorkerState;
}): WorkerInfo {
  const { id, nativeId, generation, state } = worker;
  return { workerId: id, nativeId, generation, state };
}
