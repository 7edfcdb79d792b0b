import type { MetricFamily } from '../families/metric-family.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import { poolWide } from './pool-wide-families.ts';
import { counted, measured, present, type Source } from './worker-families.ts';

/** How a pool's metrics are written. */
export interface FamiliesOptions {
  /**
   * Whether each worker slot has series of its own, with the label `worker`; otherwise there is one
   * series for the pool. Sums never fall in either case.
   * @default true
   */
  readonly byWorker?: boolean;
}

/**
 * Writes a pool's metrics as families with the names and the base units of Prometheus. What programs
 * of workers expose comes last; of two metrics with one name the pool's own is kept.
 *
 * @param metrics the snapshot
 * @param options how
 */
export function poolFamilies(metrics: PoolMetrics, options: FamiliesOptions = {}): MetricFamily[] {
  const { byWorker = true } = options;
  // A series that begins at zero shows its first increase.
  const none = Object.fromEntries(
    Object.keys(metrics.refusedConnections).map((reason) => [reason, 0]),
  );
  const sources: readonly Source[] = byWorker
    ? metrics.slots.map((slot) => ({
        labels: { worker: slot.workerId },
        sums: slot.sums,
        slots: [slot],
        refused: { ...none, ...slot.refusedConnections },
      }))
    : [
        {
          labels: {},
          sums: metrics.total,
          slots: metrics.slots,
          refused: metrics.refusedConnections,
        },
      ];
  const own = [
    ...poolWide(metrics),
    ...counted(sources),
    ...measured(sources),
    ...present(sources),
  ];
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...metrics.families.filter(({ name }) => !names.has(name))];
}
