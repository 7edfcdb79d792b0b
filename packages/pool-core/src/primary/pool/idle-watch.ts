import { AcceptIdleWatch } from '../accepting/accept-idle.ts';
import { monotonicNowMs } from '../../protocol/monotonic-clock.ts';
import type { PoolWiring } from './wiring.ts';
import type { WorkerPool } from './worker-pool.ts';

/**
 * Closes a pool when no connection has come for a while.
 *
 * @param pool the pool
 * @param parts what it is made of
 * @param timeoutMs its option `acceptIdleTimeoutMs`
 */
export function watchForIdleness(
  pool: Pick<WorkerPool, 'stats' | 'close'>,
  { totals, reporter }: Pick<PoolWiring, 'totals' | 'reporter'>,
  timeoutMs: number,
): AcceptIdleWatch {
  return new AcceptIdleWatch(
    timeoutMs,
    async () => {
      const { workers, waitingConnections } = await pool.stats();
      if (waitingConnections > 0) return monotonicNowMs();
      return Math.max(
        totals.lastConnectionAtMs,
        ...workers.map(({ report }) => report?.lastConnectionAtMs ?? 0),
      );
    },
    () => {
      reporter.tell('acceptIdle');
      void pool.close({ graceMs: Infinity });
    },
  );
}
