import { SchedulingError } from '../../errors/errors.ts';
import { describeValue } from '@sockpool/option-checks';
import type { SchedulableWorker, Scheduler } from './scheduler.ts';
import type { ConnectionView, SchedulingFunction, WorkerView } from '../../options/worker-view.ts';

/**
 * Makes a scheduler of the user's function. A connection is never lost to it: when it
 * throws, or returns what is not on offer, the fallback chooses and the error is told.
 *
 * @param choose the user's function
 * @param fallback chooses when the function fails
 * @param onError is told why it failed
 */
export function createCustomScheduler(
  choose: SchedulingFunction,
  fallback: Scheduler,
  onError: (error: SchedulingError) => void = () => undefined,
): Scheduler {
  return (workers, connection) => {
    const views: readonly WorkerView[] = Object.freeze(workers.map(viewWorker));
    let chosen: unknown;
    try {
      // The dispatcher asks only when at least one worker has free capacity.
      chosen = choose(views as readonly [WorkerView, ...WorkerView[]], viewConnection(connection));
    } catch (error) {
      onError(new SchedulingError('the scheduling function threw', { cause: error }));
      return fallback(workers, connection);
    }
    const worker =
      typeof chosen === 'number'
        ? workers.find(({ id }) => id === chosen)
        : workers[views.indexOf(chosen as WorkerView)];
    if (worker !== undefined) return worker;
    const offered = workers.map(({ id }) => id).join(', ');
    onError(
      new SchedulingError(
        `the scheduling function returned ${describeValue(chosen)}, which is none of the workers with ` +
          `free capacity (ids ${offered}): return one of its argument's elements, or its id`,
      ),
    );
    return fallback(workers, connection);
  };
}

function viewWorker(worker: SchedulableWorker): WorkerView {
  const { totalConnections, messages } = worker.counts;
  return Object.freeze({
    id: worker.id,
    generation: worker.generation,
    activeConnections: worker.activeConnections,
    totalConnections,
    messages,
    eventLoopUtilization: worker.eventLoopUtilization,
    heartbeatAgeMs: worker.heartbeatAgeMs,
  });
}

function viewConnection({
  remoteAddress,
  remotePort,
  remoteFamily,
}: ConnectionView): ConnectionView {
  return Object.freeze({ remoteAddress, remotePort, remoteFamily });
}
