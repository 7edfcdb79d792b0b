/** A worker as a scheduler sees it. */
export interface SchedulableWorker {
  /** Its place in the pool, from 0. */
  readonly id: number;
  /** Connections it has open. */
  readonly activeConnections: number;
}

/**
 * Chooses the worker for the next connection among those with a free place.
 * Gets at least one worker, in order of their ids, and returns one of them.
 */
export type Scheduler = <Worker extends SchedulableWorker>(workers: readonly Worker[]) => Worker;

/** The names of the built-in schedulers. */
export type SchedulingPolicy = 'least-connections' | 'round-robin' | 'free-slot';

/** All built-in policies, for messages and validation. */
export const SCHEDULING_POLICIES: readonly SchedulingPolicy[] = [
  'least-connections',
  'round-robin',
  'free-slot',
];

/**
 * Makes the scheduler of a policy. Each call makes an independent one.
 *
 * - `least-connections`: the worker with the fewest open connections, the lowest id among equals.
 * - `round-robin`: one after the other, skipping those without a free place.
 * - `free-slot`: the lowest id with a free place, so that few workers stay warm
 *   (what a table of slots searched from its start gives).
 *
 * @param policy which one
 */
export function createScheduler(policy: SchedulingPolicy): Scheduler {
  switch (policy) {
    case 'least-connections':
      return (workers) =>
        workers.reduce((least, worker) =>
          worker.activeConnections < least.activeConnections ? worker : least,
        );
    case 'free-slot':
      return first;
    case 'round-robin': {
      let lastId = -1;
      return (workers) => {
        const next = workers.find(({ id }) => id > lastId) ?? first(workers);
        lastId = next.id;
        return next;
      };
    }
  }
}

function first<Worker>(workers: readonly Worker[]): Worker {
  const [worker] = workers;
  if (worker === undefined) throw new RangeError('Cannot schedule a connection: no worker is free');
  return worker;
}
