import type { WorkerState } from '../options/workers/worker-info.ts';

/** The one table of allowed transitions. A worker can crash (`exited`) from anywhere. */
export const WORKER_TRANSITIONS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  starting: ['ready', 'draining', 'terminating', 'exited'],
  ready: ['draining', 'terminating', 'exited'],
  draining: ['terminating', 'exited'],
  terminating: ['exited'],
  exited: [],
};

/**
 * Tells whether a worker may go from one state to another.
 *
 * @param from the state it is in
 * @param to the state wanted
 */
export function canTransition(from: WorkerState, to: WorkerState): boolean {
  return WORKER_TRANSITIONS[from].includes(to);
}
