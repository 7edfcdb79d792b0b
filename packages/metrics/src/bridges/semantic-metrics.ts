import {
  type HistogramCounts,
  observations,
  PAUSE_BOUNDARIES,
  REQUEST_BOUNDARIES,
} from '../families/duration-histogram.ts';
import { addRequests, type WorkerMeasures, type WorkerSums } from '../measuring/worker-measures.ts';
import type { PoolMetrics, SlotMetrics, WorkerMetrics } from '../snapshot/pool-metrics.ts';
import type { HistogramPoint, MetricDraft } from './to-open-telemetry.ts';

type Attributes = Readonly<Record<string, string | number>>;
type Points = MetricDraft['points'];

/** The attribute that names a worker's slot. */
export const WORKER_ATTRIBUTE = 'sockpool.worker.id';

/** Metrics that have a name in OpenTelemetry's semantic conventions, and need no other. */
export const CONVENTIONAL: ReadonlySet<string> = new Set([
  'sockpool_http_request_duration_seconds',
  'sockpool_event_loop_seconds_total',
  'sockpool_event_loop_utilization_ratio',
  'sockpool_gc_pause_seconds',
  'sockpool_heap_used_bytes',
  'sockpool_heap_limit_bytes',
  'sockpool_cpu_seconds_total',
  'sockpool_resident_memory_bytes',
]);

/**
 * Makes the metrics of a pool's workers that OpenTelemetry's semantic conventions name. Each has the
 * attribute `sockpool.worker.id`: a worker is a Node runtime of its own.
 *
 * @param metrics the snapshot
 */
export function semanticMetrics({ slots }: PoolMetrics): MetricDraft[] {
  return [...requestMetrics(slots), ...runtimeMetrics(slots), ...memoryMetrics(slots)].filter(
    ({ points }) => points.length > 0,
  );
}

function requestMetrics(slots: readonly SlotMetrics[]): MetricDraft[] {
  return [
    {
      name: 'http.server.request.duration',
      description: 'Duration of HTTP server requests.',
      unit: 's',
      kind: 'histogram',
      points: bySlot(slots, ({ requests }, worker) =>
        addRequests([], requests).map(({ method, status, version, scheme, duration }) => ({
          attributes: {
            ...worker,
            'http.request.method': method,
            'url.scheme': scheme,
            'network.protocol.version': version,
            ...(status > 0 && { 'http.response.status_code': status }),
            ...(status === 0 && { 'error.type': 'aborted' }),
            ...(status >= 500 && { 'error.type': String(status) }),
          },
          value: histogramPoint(REQUEST_BOUNDARIES, duration),
        })),
      ),
    },
  ];
}

function runtimeMetrics(slots: readonly SlotMetrics[]): MetricDraft[] {
  const delays = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const;
  return [
    ...delays.map((name): MetricDraft => ({
      name: `nodejs.eventloop.delay.${name}`,
      description: `Event loop delay: ${name}.`,
      unit: 's',
      kind: 'gauge',
      points: byWorker(slots, ({ recentDelay }, worker) => [
        { attributes: worker, value: recentDelay[name] },
      ]),
    })),
    {
      name: 'nodejs.eventloop.time',
      description: 'Cumulative duration of time the event loop has been in each state.',
      unit: 's',
      kind: 'counter',
      points: bySlot(slots, ({ eventLoop: { activeSeconds, idleSeconds } }, worker) => [
        { attributes: { ...worker, 'nodejs.eventloop.state': 'active' }, value: activeSeconds },
        { attributes: { ...worker, 'nodejs.eventloop.state': 'idle' }, value: idleSeconds },
      ]),
    },
    {
      name: 'nodejs.eventloop.utilization',
      description: 'Event loop utilization.',
      unit: '1',
      kind: 'gauge',
      points: byWorker(slots, (_measures, worker, { eventLoopUtilization }) => [
        { attributes: worker, value: eventLoopUtilization },
      ]),
    },
    {
      name: 'v8js.gc.duration',
      description: 'Garbage collection duration.',
      unit: 's',
      kind: 'histogram',
      points: bySlot(slots, ({ gc }, worker) =>
        gc.map(({ kind, pause }) => ({
          attributes: { ...worker, 'v8js.gc.type': kind },
          value: histogramPoint(PAUSE_BOUNDARIES, pause),
        })),
      ),
    },
    {
      name: 'process.cpu.time',
      description: 'Total CPU seconds broken down by different states.',
      unit: 's',
      kind: 'counter',
      points: bySlot(slots, ({ cpu }, worker) => [
        { attributes: { ...worker, 'cpu.mode': 'user' }, value: cpu.userSeconds },
        { attributes: { ...worker, 'cpu.mode': 'system' }, value: cpu.systemSeconds },
      ]),
    },
  ];
}

function memoryMetrics(slots: readonly SlotMetrics[]): MetricDraft[] {
  const heap = (
    name: string,
    description: string,
    bytes: (space: WorkerMeasures['heapSpaces'][number]) => number,
  ): MetricDraft => ({
    name,
    description,
    unit: 'By',
    kind: 'upDownCounter',
    points: byWorker(slots, ({ heapSpaces }, worker) =>
      heapSpaces.map((space) => ({
        attributes: { ...worker, 'v8js.heap.space.name': space.name },
        value: bytes(space),
      })),
    ),
  });
  return [
    heap('v8js.memory.heap.used', 'Heap memory size allocated.', ({ usedBytes }) => usedBytes),
    heap(
      'v8js.memory.heap.space.size',
      'Total heap memory size pre-allocated for a heap space.',
      ({ sizeBytes }) => sizeBytes,
    ),
    heap(
      'v8js.memory.heap.space.available_size',
      'Heap space available size.',
      ({ availableBytes }) => availableBytes,
    ),
    heap(
      'v8js.memory.heap.space.physical_size',
      'Committed size of a heap space.',
      ({ physicalBytes }) => physicalBytes,
    ),
    {
      name: 'process.memory.usage',
      description: 'The amount of physical memory in use.',
      unit: 'By',
      kind: 'upDownCounter',
      points: byWorker(slots, ({ memory }, worker) =>
        memory.rssBytes === undefined ? [] : [{ attributes: worker, value: memory.rssBytes }],
      ),
    },
  ];
}

/** Of each slot, with sums that never fall. */
function bySlot(
  slots: readonly SlotMetrics[],
  pointsOf: (sums: WorkerSums, worker: Attributes) => Points,
): Points {
  return slots.flatMap(({ workerId, sums: { measures } }) =>
    measures === undefined ? [] : pointsOf(measures, { [WORKER_ATTRIBUTE]: workerId }),
  );
}

/** Of the newest worker in each slot that has told of itself. */
function byWorker(
  slots: readonly SlotMetrics[],
  pointsOf: (measures: WorkerMeasures, worker: Attributes, of: WorkerMetrics) => Points,
): Points {
  return slots.flatMap(({ workerId, workers }) => {
    const newest = workers.findLast(({ measures }) => measures !== undefined);
    if (newest?.measures === undefined) return [];
    return pointsOf(newest.measures, { [WORKER_ATTRIBUTE]: workerId }, newest);
  });
}

function histogramPoint(boundaries: readonly number[], histogram: HistogramCounts): HistogramPoint {
  return {
    buckets: { boundaries: [...boundaries], counts: [...histogram.counts] },
    sum: histogram.sum,
    count: observations(histogram),
  };
}
