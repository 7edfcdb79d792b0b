import { scheduleByClient } from './client-affinity.ts';
import { createCustomScheduler } from './custom-scheduling.ts';
import type { SchedulingError } from '../../errors/errors.ts';
import { scheduleByUtilization } from './least-utilized.ts';
import type { SchedulingPolicy } from '../../options/scheduling-options.ts';
import type { SchedulableWorker, Scheduler } from './scheduler.ts';
import type { SchedulingFunction } from '../../options/worker-view.ts';

/** What a scheduler may need besides the workers. */
export interface SchedulerSettings {
  /** Called when a scheduling function failed; its connection goes by `least-connections`. */
  readonly onError?: (error: SchedulingError) => void;
  /**
   * Random numbers from 0 (included) to 1 (excluded).
   * @default Math.random
   */
  readonly random?: () => number;
}

/**
 * Makes a scheduler. Each call makes an independent one.
 *
 * - `least-connections`: the worker with the fewest open connections, the lowest id among equals.
 * - `round-robin`: one after the other, skipping those without free capacity.
 * - `first-available`: the lowest id with free capacity, so that few workers stay warm
 *   (what a table of slots searched from its start gives).
 * - `power-of-two-choices`: of two workers drawn at random, the one with fewer open connections
 *   (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 * - `least-utilized`: the worker whose event loop is the least busy, see {@link scheduleByUtilization}.
 * - `client-affinity`: the same worker for the same client address, see {@link scheduleByClient}.
 *
 * @param scheduling a policy, or the user's function
 * @param settings what it may need besides the workers
 */
export function createScheduler(
  scheduling: SchedulingPolicy | SchedulingFunction,
  settings: SchedulerSettings = {},
): Scheduler {
  if (typeof scheduling === 'function') {
    return createCustomScheduler(scheduling, leastConnections, settings.onError);
  }
  switch (scheduling) {
    case 'least-connections':
      return leastConnections;
    case 'first-available':
      return first;
    case 'round-robin':
      return createRoundRobin();
    case 'power-of-two-choices':
      return createTwoChoices(settings.random ?? Math.random);
    case 'least-utilized':
      return scheduleByUtilization;
    case 'client-affinity':
      return (workers, connection) =>
        scheduleByClient(workers, connection.remoteAddress) ?? leastConnections(workers);
  }
}

function first<Worker>(workers: readonly Worker[]): Worker {
  const [worker] = workers;
  if (worker === undefined) throw new RangeError('Cannot schedule a connection: no worker is free');
  return worker;
}

function leastConnections<Worker extends SchedulableWorker>(workers: readonly Worker[]): Worker {
  let least = first(workers);
  let fewest = least.activeConnections;
  for (const worker of workers) {
    const { activeConnections } = worker;
    if (activeConnections >= fewest) continue;
    least = worker;
    fewest = activeConnections;
  }
  return least;
}

function createRoundRobin(): Scheduler {
  let lastId = -1;
  return (workers) => {
    const next = workers.find(({ id }) => id > lastId) ?? first(workers);
    lastId = next.id;
    return next;
  };
}

function createTwoChoices(random: () => number): Scheduler {
  return (workers) => {
    const { length } = workers;
    const one = Math.floor(random() * length);
    // Drawn among the others, so that the two differ.
    const drawn = length > 1 ? Math.floor(random() * (length - 1)) : 0;
    const left = workers[one] ?? first(workers);
    const right = workers[drawn < one ? drawn : drawn + 1] ?? left;
    return right.activeConnections < left.activeConnections ? right : left;
  };
}
