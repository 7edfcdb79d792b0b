import type { PoolStats } from './pool-stats.ts';
import { workerStats } from '../supervision/worker-stats.ts';
import type { PoolWiring } from './wiring.ts';

/**
 * Takes a snapshot of what the parts of a pool have counted.
 *
 * @param parts the parts
 */
export async function snapshot(
  parts: Pick<
    PoolWiring,
    'supervisor' | 'totals' | 'dispatcher' | 'shedder' | 'admissionControl' | 'recycler'
  >,
): Promise<Omit<PoolStats, 'state' | 'address' | 'addresses'>> {
  const { supervisor, totals, dispatcher, shedder, admissionControl, recycler } = parts;
  const workers = await workerStats(supervisor.workers);
  return {
    workers,
    total: totals.total(supervisor.workers),
    waitingConnections: dispatcher.waiting,
    shedConnections: shedder.counts,
    refusedConnections: admissionControl.counts,
    lostConnections: totals.lost,
    respawns: supervisor.respawns,
    recycles: recycler.recycles,
  };
}
