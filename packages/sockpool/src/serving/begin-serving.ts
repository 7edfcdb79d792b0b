import type { FirstWorker } from '@sockpool/process-pool/first-worker';
import type { Serving } from '../config/resolve-serving.ts';
import { findPlaces, type Places } from './program-addresses.ts';
import { type WorkerLaunch, workerLaunch } from './worker-launch.ts';

/** What runs already while the rest of the command is loaded. */
export interface BegunServing {
  readonly places: Promise<Places>;
  /** Undefined where it is left to the pool. */
  readonly firstWorker: FirstWorker | undefined;
}

/**
 * Starts the process that everything waits for: the first worker, where it is known on what it
 * accepts, else the one that finds that out. Whatever this needs is loaded before: an import more
 * here delays every start.
 *
 * @param serving flags and configuration
 * @throws {FailedError} when the sockets of systemd cannot be taken
 */
export async function beginServing(serving: Serving): Promise<BegunServing> {
  const { known, places } = await findPlaces(serving);
  // Whoever waits for it is not loaded yet.
  places.catch(() => undefined);
  return {
    places,
    firstWorker: known && (await forkAhead(serving, workerLaunch(serving, known, true))),
  };
}

/** Options that change with what a pool forks its workers. */
const FORKED_OTHERWISE = ['accept', 'acceptBurst', 'health', 'maxConnectionsPerWorker'] as const;

async function forkAhead(
  { threads, pool }: Serving,
  { cwd, ...launch }: WorkerLaunch,
): Promise<FirstWorker | undefined> {
  if (threads || FORKED_OTHERWISE.some((name) => Object.hasOwn(pool, name))) return undefined;
  const { forkFirstWorker } = await import('@sockpool/process-pool/first-worker');
  return forkFirstWorker({ ...launch, ...(cwd !== undefined && { cwd }) });
}
