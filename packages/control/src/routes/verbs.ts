import { tryCanary } from './canary.ts';
import { RefusedRequest } from '../control-error.ts';
import type { Call } from './route.ts';

/** Health and counters in one answer, and what the program is. */
export async function status({ pool, about }: Call): Promise<object> {
  return {
    ...about(),
    workerCount: pool.workerCount,
    upgradable: pool.upgrade !== undefined,
    health: pool.health(),
    stats: await pool.stats(),
  };
}

/** Restarts all workers, one of them first if it is to be a canary. */
export async function restart({ pool, given, signal }: Call): Promise<object> {
  const { canary, canaryMs, canaryWorker, ...terms } = given;
  if (canary !== true) return pool.restart(terms);
  const { graceMs } = terms;
  const tried = await tryCanary(pool, {
    workerId: Number(canaryWorker),
    observeMs: Number(canaryMs),
    ...(graceMs !== undefined && { graceMs: Number(graceMs) }),
    signal,
  });
  return { ...(await pool.restart(terms)), canary: tried };
}

/** Replaces one worker. */
export async function restartWorker({ pool, workerId, given }: Call): Promise<object> {
  return pool.retire(workerId, given);
}

/** Closes the pool. */
export async function stop({ pool, given: { now, ...terms } }: Call): Promise<object> {
  return now === true ? pool.destroy() : pool.close(terms);
}

/**
 * Hands over to a new primary.
 *
 * @throws {RefusedRequest} when the pool cannot be upgraded
 */
export async function upgrade({ pool, given }: Call): Promise<object> {
  if (pool.upgrade === undefined) {
    throw new RefusedRequest(
      501,
      'Cannot upgrade a pool of threads: a thread ends with its process; restart the pool for new code, or use @sockpool/process-pool',
    );
  }
  return pool.upgrade(given);
}
