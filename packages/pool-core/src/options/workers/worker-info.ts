/**
 * Where a worker stands in its life. "Busy" is not a state but a count
 * (`activeConnections`).
 *
 * - `starting`: spawned, its handler module not yet loaded.
 * - `ready`: serves connections.
 * - `draining`: takes no new connection, finishes the ones it has, then exits.
 * - `terminating`: told to cut its connections and exit, or killed.
 * - `exited`: gone.
 */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'terminating' | 'exited';

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
