import { counter, gauge, histogram, type Labels } from '../families/make-family.ts';
import type { MetricFamily, MetricSample } from '../families/metric-family.ts';
import { DELAY_BOUNDARIES } from '../families/duration-histogram.ts';
import type { PoolMetrics } from './pool-metrics.ts';

/**
 * Writes what there is once for the pool.
 *
 * @param metrics the snapshot
 */
export function poolWide(metrics: PoolMetrics): MetricFamily[] {
  const states: Record<string, number> = { starting: 0, ready: 0, draining: 0, terminating: 0 };
  for (const { state } of metrics.slots.flatMap(({ workers }) => workers)) {
    states[state] = (states[state] ?? 0) + 1;
  }
  const { primary, restarts } = metrics;
  return [
    gauge(
      'sockpool_listening',
      'Whether the pool listens.',
      one(Number(metrics.state === 'listening')),
    ),
    gauge(
      'sockpool_start_time_seconds',
      'When the pool was made, since the epoch.',
      one(metrics.startedAtMs / 1_000),
    ),
    gauge(
      'sockpool_generation',
      'Restarts until now, the failed ones included.',
      one(metrics.generation),
    ),
    gauge('sockpool_worker_slots', 'Workers that the pool is to have.', one(metrics.workerCount)),
    gauge(
      'sockpool_workers',
      'Workers that are there, by state.',
      Object.entries(states).map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge(
      'sockpool_waiting_connections',
      'Connections that wait for free capacity.',
      one(metrics.waitingConnections),
    ),
    histogram(
      'sockpool_queue_wait_seconds',
      'How long connections waited for free capacity.',
      DELAY_BOUNDARIES,
      [[{}, metrics.queueWait]],
    ),
    counter(
      'sockpool_shed_connections_total',
      'Connections rejected because the pool was full.',
      byReason(metrics.shedConnections),
    ),
    counter(
      'sockpool_lost_connections_total',
      'Connections lost with a worker that died before it served them.',
      one(metrics.lostConnections),
    ),
    counter('sockpool_respawns_total', 'Workers replaced after a death.', one(metrics.respawns)),
    counter(
      'sockpool_recycles_total',
      'Workers replaced at a limit of recycle.',
      one(metrics.recycles),
    ),
    counter(
      'sockpool_stuck_workers_total',
      'Workers killed because their event loop stood still.',
      one(metrics.stuckWorkers),
    ),
    counter('sockpool_restarts_total', 'Restarts that have ended, by result.', [
      ...one(restarts.done, { result: 'done' }),
      ...one(restarts.failed, { result: 'failed' }),
    ]),
    counter('sockpool_resizes_total', 'Resizes that have ended.', one(metrics.resizes)),
    counter(
      'sockpool_lost_reports_total',
      'Workers that ended without a last report.',
      one(metrics.lostReports),
    ),
    gauge(
      'sockpool_primary_resident_memory_bytes',
      'Resident memory of the pool process; threads share it.',
      one(primary.rssBytes),
    ),
    gauge(
      'sockpool_primary_heap_used_bytes',
      'JavaScript heap of the primary in use.',
      one(primary.heapUsedBytes),
    ),
    counter(
      'sockpool_primary_cpu_seconds_total',
      'Processor time of the pool process; that of threads is part of it.',
      [
        ...one(primary.cpu.userSeconds, { mode: 'user' }),
        ...one(primary.cpu.systemSeconds, { mode: 'system' }),
      ],
    ),
  ];
}

function one(value: number, labels: Labels = {}): MetricSample[] {
  return [{ labels, value }];
}

function byReason(counts: Readonly<Record<string, number>>): MetricSample[] {
  return Object.entries(counts).map(([reason, value]) => ({ labels: { reason }, value }));
}
