import { doneWithin } from './deadline.ts';
import type { StopLimits, StopStep } from '../../options/workers/shutdown-options.ts';
import type { DepartureOrder, DepartureReason } from '@sockpool/handler/hosting';

/** What the escalation needs of a worker. */
export interface StoppableWorker {
  readonly exited: Promise<unknown>;
  drain(order: DepartureOrder): void;
  terminate(): void;
  kill(): void;
}

/**
 * Ends a worker: asks it to drain, then tells it to terminate, then kills it,
 * each step with its own deadline. The only place where shutdowns escalate.
 *
 * @param worker the worker to end
 * @param limits the deadline of each step, in milliseconds
 * @param reason why it ends
 * @param force when it fires, skips at once to the kill
 * @returns the step at which the worker ended
 */
export async function stopWorker(
  worker: StoppableWorker,
  limits: Required<StopLimits>,
  reason: DepartureReason,
  force?: AbortSignal,
): Promise<StopStep> {
  const forced = (): boolean => force?.aborted === true;
  if (limits.graceMs > 0 && !forced()) {
    worker.drain({ reason, graceMs: limits.graceMs });
    if (await doneWithin(worker.exited, limits.graceMs, force)) return 'drained';
  }
  if (!forced()) {
    worker.terminate();
    if (await doneWithin(worker.exited, limits.terminateMs, force)) return 'terminated';
  }
  worker.kill();
  return (await doneWithin(worker.exited, limits.killMs)) ? 'killed' : 'abandoned';
}

/**
 * Counts how many workers ended at each step.
 *
 * @param steps the step of each worker
 */
export function countSteps(steps: readonly StopStep[]): Record<StopStep, number> {
  const counts = { drained: 0, terminated: 0, killed: 0, abandoned: 0 };
  for (const step of steps) counts[step] += 1;
  return counts;
}
