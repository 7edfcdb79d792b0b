import type { MetricFamily } from '../families/metric-family.ts';
import type { HistogramBoundaries, HistogramCounts } from '../families/duration-histogram.ts';
import type { WorkerMeasures, WorkerSums } from '../measuring/worker-measures.ts';

/** What every worker counts, whatever the pool measures. */
export interface WorkerCountsLike {
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly messages: number;
  readonly handlerErrors: number;
  readonly socketErrors: number;
  readonly acceptErrors: number;
  readonly refusedConnections: number;
}

/** A worker that is there. */
export interface WorkerMetrics {
  /** Process id or thread id. */
  readonly nativeId: number;
  /** How many restarts the pool had when it was spawned. */
  readonly generation: number;
  readonly state: string;
  readonly uptimeMs: number;
  /** Milliseconds since its event loop last showed that it turns. */
  readonly heartbeatAgeMs: number;
  /** Share of time its event loop was busy, from 0 to 1. */
  readonly eventLoopUtilization: number;
  readonly counts: WorkerCountsLike;
  /** What it has told of itself; undefined while it has not, and without the option `metrics`. */
  readonly measures: WorkerMeasures | undefined;
  /** Milliseconds since it told so; undefined when it has not. */
  readonly measuresAgeMs: number | undefined;
}

/** What one slot of a pool has counted, by all workers that had it. Nothing in it ever falls. */
export interface SlotSums {
  readonly counts: WorkerCountsLike;
  /** Undefined without the option `metrics`. */
  readonly measures: WorkerSums | undefined;
}

/** One slot of a pool. */
export interface SlotMetrics {
  readonly workerId: number;
  /** The workers in it that are there, the newest last: two during a restart, none between two lives. */
  readonly workers: readonly WorkerMetrics[];
  /** Sums of the workers that had it and of those that have it. */
  readonly sums: SlotSums;
  /** Connections that these workers refused or cut, by reason; reasons that there were. */
  readonly refusedConnections: Readonly<Record<string, number>>;
}

/** Everything that a pool has measured at one moment: plain data that survives JSON. */
export interface PoolMetrics {
  /** When, in milliseconds since the epoch. */
  readonly atMs: number;
  /** When the pool was made, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly state: string;
  /** How many restarts there were, the failed ones included. */
  readonly generation: number;
  /** The workers that the pool is to have. */
  readonly workerCount: number;
  /** By slot; those that a resize has taken away are kept for what they have counted. */
  readonly slots: readonly SlotMetrics[];
  /** All slots together. */
  readonly total: SlotSums;
  /** The boundaries of all histograms, once. */
  readonly boundaries: HistogramBoundaries;
  /** Connections that wait for free capacity. */
  readonly waitingConnections: number;
  /** How long connections waited for capacity, where the primary accepts, by `DELAY_BOUNDARIES`. */
  readonly queueWait: HistogramCounts;
  /** Connections that were rejected, by reason. */
  readonly shedConnections: Readonly<Record<string, number>>;
  /** Connections that were refused or cut, by reason. */
  readonly refusedConnections: Readonly<Record<string, number>>;
  /** Connections lost with a worker that died before it could accept them. */
  readonly lostConnections: number;
  readonly respawns: number;
  readonly recycles: number;
  readonly stuckWorkers: number;
  readonly restarts: { readonly done: number; readonly failed: number };
  readonly resizes: number;
  /** Workers that ended without a last report, so that what they counted since the one before is missing. */
  readonly lostReports: number;
  /** The process of the pool itself. */
  readonly primary: {
    readonly nativeId: number;
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly cpu: { readonly userSeconds: number; readonly systemSeconds: number };
  };
  /** What programs of workers expose, of all of them, also of those that are gone. */
  readonly families: readonly MetricFamily[];
}

/** A pool, by its shape: whatever has metrics. */
export interface MeasuredPool {
  metrics(): PoolMetrics;
}
