import { AcceptIdleWatch } from '../accepting/accept-idle.ts';
import { monotonicNowMs } from '../../protocol/monotonic-clock.ts';
import type { PoolWiring } from './wiring.ts';
import type { PoolStats } from './pool-stats.ts';
import type { CloseOptions } from '../../options/close-options.ts';

/**
 * Closes a pool when no connection has come for a while.
 *
 * @param pool the pool
 * @param parts what it is made of
 * @param timeoutMs its option `acceptIdleTimeoutMs`
 */
export function watchForIdleness(
  pool: { stats(): Promise<PoolStats>; close(options: CloseOptions): Promise<unknown> },
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
