import { counter, gauge, histogram, type Labels } from '../families/make-family.ts';
import type { MetricFamily, MetricSample } from '../families/metric-family.ts';
import {
  addHistograms,
  CONNECTION_BOUNDARIES,
  DELAY_BOUNDARIES,
  type HistogramCounts,
  PAUSE_BOUNDARIES,
  REQUEST_BOUNDARIES,
} from '../families/duration-histogram.ts';
import type { RequestCounts } from '../measuring/http-requests.ts';
import type { SlotMetrics, SlotSums } from './pool-metrics.ts';

/** What a series is made of: one slot, or all of them. */
export interface Source {
  readonly labels: Labels;
  readonly sums: SlotSums;
  readonly slots: readonly SlotMetrics[];
  /** Connections that were refused or cut, by every reason that there may be. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Writes what every worker counts.
 *
 * @param sources the slots, or all of them together
 */
export function counted(sources: readonly Source[]): MetricFamily[] {
  const of = (field: Exclude<keyof SlotSums['counts'], 'activeConnections'>): MetricSample[] =>
    sources.map(({ labels, sums }) => ({ labels, value: sums.counts[field] }));
  return [
    gauge(
      'sockpool_active_connections',
      'Connections open now.',
      sources.map(({ labels, sums }) => ({
        labels,
        value: sums.counts.activeConnections,
      })),
    ),
    counter(
      'sockpool_connections_total',
      'Connections served, the open ones included.',
      of('totalConnections'),
    ),
    counter('sockpool_messages_total', 'Messages that handlers have counted.', of('messages')),
    counter(
      'sockpool_handler_errors_total',
      'Handlers that threw or rejected.',
      of('handlerErrors'),
    ),
    counter(
      'sockpool_socket_errors_total',
      'Connections that ended in a socket error.',
      of('socketErrors'),
    ),
    counter('sockpool_accept_errors_total', 'Failed accepts.', of('acceptErrors')),
    counter(
      'sockpool_refused_connections_total',
      'Connections refused or cut.',
      of('refusedConnections'),
    ),
    counter(
      'sockpool_refusals_total',
      'Connections refused or cut, by reason.',
      sources.flatMap(({ labels, refused }) =>
        Object.entries(refused).map(([reason, value]) => ({
          labels: { ...labels, reason },
          value,
        })),
      ),
    ),
  ];
}

/**
 * Writes what workers measure with the option `metrics`.
 *
 * @param sources the slots, or all of them together
 */
export function measured(sources: readonly Source[]): MetricFamily[] {
  const telling = sources.flatMap(({ labels, sums, slots }) =>
    sums.measures === undefined ? [] : { labels, sums: sums.measures, slots },
  );
  if (telling.length === 0) return [];
  const of = (value: (sums: (typeof telling)[number]['sums']) => number): MetricSample[] =>
    telling.map(({ labels, sums }) => ({ labels, value: value(sums) }));
  const split = (
    name: string,
    values: (sums: (typeof telling)[number]['sums']) => Readonly<Record<string, number>>,
  ): MetricSample[] =>
    telling.flatMap(({ labels, sums }) =>
      Object.entries(values(sums)).map(([kind, value]) => ({
        labels: { ...labels, [name]: kind },
        value,
      })),
    );
  return [
    counter(
      'sockpool_received_bytes_total',
      'Bytes that came on connections.',
      of((sums) => sums.bytesRead),
    ),
    counter(
      'sockpool_sent_bytes_total',
      'Bytes that went out on connections.',
      of((sums) => sums.bytesWritten),
    ),
    histogram(
      'sockpool_connection_duration_seconds',
      'How long connections were open, of those that have ended.',
      CONNECTION_BOUNDARIES,
      telling.map(({ labels, sums }) => [labels, sums.connectionDuration]),
    ),
    counter(
      'sockpool_tls_handshakes_total',
      'TLS handshakes done by the pool.',
      of((sums) => sums.tlsHandshakes),
    ),
    histogram(
      'sockpool_http_request_duration_seconds',
      'How long HTTP requests took, by method and class of status; status aborted had no whole reply.',
      REQUEST_BOUNDARIES,
      telling.flatMap(({ labels, sums }) => byStatusClass(labels, sums.requests)),
    ),
    gauge(
      'sockpool_http_active_requests',
      'HTTP requests that have no whole reply yet.',
      telling.map(({ labels, slots }) => ({
        labels,
        value: sumOf(slots, ({ measures }) => measures?.activeRequests ?? 0),
      })),
    ),
    histogram(
      'sockpool_event_loop_delay_seconds',
      'How late each tick came that was due every 50 ms.',
      DELAY_BOUNDARIES,
      telling.map(({ labels, sums }) => [labels, sums.eventLoop.delay]),
    ),
    counter(
      'sockpool_event_loop_seconds_total',
      'How long event loops were active, and how long idle.',
      split('state', ({ eventLoop }) => ({
        active: eventLoop.activeSeconds,
        idle: eventLoop.idleSeconds,
      })),
    ),
    counter(
      'sockpool_cpu_seconds_total',
      'Processor time of workers.',
      split('mode', ({ cpu }) => ({ user: cpu.userSeconds, system: cpu.systemSeconds })),
    ),
    histogram(
      'sockpool_gc_pause_seconds',
      'Pauses of the garbage collector, by kind.',
      PAUSE_BOUNDARIES,
      telling.flatMap(({ labels, sums }) =>
        sums.gc.map(({ kind, pause }): [Labels, HistogramCounts] => [{ ...labels, kind }, pause]),
      ),
    ),
    gauge(
      'sockpool_heap_used_bytes',
      'JavaScript heap in use.',
      telling.map(({ labels, slots }) => ({
        labels,
        value: sumOf(slots, ({ measures }) => measures?.memory.heapUsedBytes ?? 0),
      })),
    ),
    gauge(
      'sockpool_heap_limit_bytes',
      'The most that the JavaScript heap may become.',
      telling.map(({ labels, slots }) => ({
        labels,
        value: sumOf(slots, ({ measures }) => measures?.memory.heapLimitBytes ?? 0),
      })),
    ),
    gauge(
      'sockpool_external_memory_bytes',
      'Memory outside of the JavaScript heap that belongs to its objects.',
      telling.map(({ labels, slots }) => ({
        labels,
        value: sumOf(slots, ({ measures }) => measures?.memory.externalBytes ?? 0),
      })),
    ),
    gauge(
      'sockpool_resident_memory_bytes',
      'Resident memory of worker processes.',
      telling.flatMap(({ labels, slots }) =>
        slots.some(({ workers }) =>
          workers.some(({ measures }) => measures?.memory.rssBytes !== undefined),
        )
          ? { labels, value: sumOf(slots, ({ measures }) => measures?.memory.rssBytes ?? 0) }
          : [],
      ),
    ),
  ].filter(({ values }) => values.length > 0);
}

/**
 * Writes how the workers are that are there; of several the worst.
 *
 * @param sources the slots, or all of them together
 */
export function present(sources: readonly Source[]): MetricFamily[] {
  const worst = (value: (worker: SlotMetrics['workers'][number]) => number): MetricSample[] =>
    sources.flatMap(({ labels, slots }) => {
      const values = slots.flatMap(({ workers }) => workers.map(value));
      return values.length === 0 ? [] : { labels, value: Math.max(...values) };
    });
  return [
    gauge(
      'sockpool_event_loop_utilization_ratio',
      'Share of time that the event loop is busy; of several workers the largest.',
      worst((worker) => worker.eventLoopUtilization),
    ),
    gauge(
      'sockpool_heartbeat_age_seconds',
      'Time since the event loop last showed that it turns; of several workers the longest.',
      worst((worker) => worker.heartbeatAgeMs / 1_000),
    ),
    gauge(
      'sockpool_worker_uptime_seconds',
      'Time since the worker was spawned; of several the longest.',
      worst((worker) => worker.uptimeMs / 1_000),
    ),
    gauge(
      'sockpool_worker_generation',
      'Restarts that the pool had when the worker was spawned; of several the newest.',
      worst((worker) => worker.generation),
    ),
  ];
}

function sumOf(
  slots: readonly SlotMetrics[],
  value: (worker: SlotMetrics['workers'][number]) => number,
): number {
  return slots.flatMap(({ workers }) => workers).reduce((sum, worker) => sum + value(worker), 0);
}

function byStatusClass(
  labels: Labels,
  requests: readonly RequestCounts[],
): [Labels, HistogramCounts][] {
  const sums = new Map<string, [Labels, HistogramCounts]>();
  for (const { method, status, duration } of requests) {
    const kind = status === 0 ? 'aborted' : `${Math.floor(status / 100)}xx`;
    const key = `${method} ${kind}`;
    const known = sums.get(key)?.[1];
    sums.set(key, [{ ...labels, method, status: kind }, addHistograms(known, duration)]);
  }
  return [...sums.values()];
}
