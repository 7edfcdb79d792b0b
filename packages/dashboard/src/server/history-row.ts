import type { HistoryColumn, HistoryRow, PoolSample } from '../wire.ts';

/** The numbers of a row, in their order. */
export const HISTORY_COLUMNS: readonly HistoryColumn[] = Object.freeze([
  'atMs',
  'requestsPerSecond',
  'connectionsPerSecond',
  'messagesPerSecond',
  'meanMs',
  'p50Ms',
  'p90Ms',
  'p99Ms',
  'activeConnections',
  'waitingConnections',
]);

/** What of a sample is kept for the plots. */
function rowOf(sample: PoolSample): Readonly<Record<HistoryColumn, number | null>> {
  const { latency, totals } = sample;
  return {
    atMs: sample.atMs,
    requestsPerSecond: sample.measured ? sample.requestsPerSecond : null,
    connectionsPerSecond: sample.connectionsPerSecond,
    messagesPerSecond: sample.messagesPerSecond,
    meanMs: latency?.meanMs ?? null,
    p50Ms: latency?.p50Ms ?? null,
    p90Ms: latency?.p90Ms ?? null,
    p99Ms: latency?.p99Ms ?? null,
    activeConnections: totals.activeConnections,
    waitingConnections: sample.waitingConnections,
  };
}

/**
 * Gives what of a sample the plots show, in the order of {@link HISTORY_COLUMNS}, with three digits
 * after the point.
 *
 * @param sample the sample
 */
export function historyRow(sample: PoolSample): HistoryRow {
  const row = rowOf(sample);
  return HISTORY_COLUMNS.map((column) => {
    const value = row[column];
    return value === null ? null : Math.round(value * 1_000) / 1_000;
  });
}
