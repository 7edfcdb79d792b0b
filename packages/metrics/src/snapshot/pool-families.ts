import type { MetricFamily } from '../families/metric-family.ts';
import { type FamiliesOptions, resolveFamiliesOptions } from './families-options.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import { poolWide } from './pool-wide-families.ts';
import { counted, measured, present, type Source } from './worker-families.ts';

/**
 * Writes a pool's metrics as families with the names and the base units of Prometheus. What programs
 * of workers expose comes last; of two metrics with one name the pool's own is kept.
 *
 * @param metrics the snapshot
 * @param options how
 * @throws {TypeError} when an option is unknown, or no boolean
 */
export function poolFamilies(metrics: PoolMetrics, options: FamiliesOptions = {}): MetricFamily[] {
  return writeFamilies(metrics, resolveFamiliesOptions(options, 'poolFamilies()'));
}

/** Does what {@link poolFamilies} does, with options that have been checked. */
export function writeFamilies(
  metrics: PoolMetrics,
  { byWorker }: Required<FamiliesOptions>,
): MetricFamily[] {
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
