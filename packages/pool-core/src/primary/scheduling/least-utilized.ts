import type { SchedulableWorker } from './scheduler.ts';

/** Differences of utilization below this are noise of the samples, not load. */
const NOISE = 0.05;

/**
 * Chooses the worker whose event loop is the least busy; among those that are about
 * equally busy (steps of 5 percentage points) the one with the fewest connections.
 *
 * Utilization is sampled, so between two samples the idlest worker would get every
 * connection. Therefore each connection handed over since a worker's sample counts
 * as if it made the worker as much busier as an average open connection does now.
 *
 * @param workers at least one
 * @throws {RangeError} when there is none
 */
export function scheduleByUtilization<Worker extends SchedulableWorker>(
  workers: readonly Worker[],
): Worker {
  const perConnection = meanUtilizationPerConnection(workers);
  let chosen: Worker | undefined;
  let chosenStep = Infinity;
  for (const worker of workers) {
    const expected = worker.eventLoopUtilization + worker.handedSinceSample * perConnection;
    const step = Math.round(expected / NOISE);
    if (
      chosen === undefined ||
      step < chosenStep ||
      (step === chosenStep && worker.activeConnections < chosen.activeConnections)
    ) {
      chosen = worker;
      chosenStep = step;
    }
  }
  if (chosen === undefined) throw new RangeError('Cannot schedule a connection: no worker is free');
  return chosen;
}

/** Over the connections that the samples know of. */
function meanUtilizationPerConnection(workers: readonly SchedulableWorker[]): number {
  let utilization = 0;
  let connections = 0;
  for (const worker of workers) {
    utilization += worker.eventLoopUtilization;
    connections += worker.activeConnections - worker.handedSinceSample;
  }
  return utilization / Math.max(1, connections);
}
