import type { AddressInfo } from 'node:net';
import {
  addBuckets,
  bucketsSince,
  countOf,
  type HistogramBoundaries,
  type HistogramCounts,
  type PoolMetrics,
  quantile,
  type RequestCounts,
  type WorkerMetrics,
} from '@sockpool/metrics';
import type { Latency, PoolSample, WorkerRow } from '../wire.ts';
import type { DashboardPool, PoolHealthLike } from './measured-pool.ts';
import { perSecond, RecentLooks } from './recent-looks.ts';

/** Over how long rates and latencies are taken, in milliseconds. */
const WINDOW_MS = 5_000;

/** A worker tells of itself each second; what it told so long ago says nothing of now. */
const SILENT_MS = 5_000;

/** What is remembered of a worker from one sample to the next. */
interface WorkerLooks {
  readonly requests: RecentLooks<number>;
  readonly messages: RecentLooks<number>;
  readonly connections: RecentLooks<number>;
  readonly durations: RecentLooks<HistogramCounts>;
}

/**
 * Takes samples of a pool: what it has counted, and what came in the last seconds. Asks no worker and
 * waits for none.
 */
export class Sampler {
  readonly #pool: DashboardPool;
  readonly #requests = new RecentLooks<number>(WINDOW_MS);
  readonly #connections = new RecentLooks<number>(WINDOW_MS);
  readonly #messages = new RecentLooks<number>(WINDOW_MS);
  readonly #durations = new RecentLooks<HistogramCounts>(WINDOW_MS);
  readonly #queueWait = new RecentLooks<HistogramCounts>(WINDOW_MS);
  #workers = new Map<number, WorkerLooks>();

  /** @param pool whose samples they are */
  constructor(pool: DashboardPool) {
    this.#pool = pool;
  }

  /** Takes one. */
  take(): PoolSample {
    const metrics = this.#pool.metrics();
    const { atMs, total, primary, boundaries } = metrics;
    const { liveness, readiness, workers } = this.#pool.health();
    const durations = durationsOf(total.measures?.requests ?? [], boundaries);
    const requests = countOf(durations);
    const rateOf = rateOfPool(requests, total.counts.messages);
    this.#requests.add(atMs, requests);
    this.#connections.add(atMs, total.counts.totalConnections);
    this.#messages.add(atMs, total.counts.messages);
    this.#durations.add(atMs, durations);
    this.#queueWait.add(atMs, metrics.queueWait);
    return {
      atMs,
      state: metrics.state,
      addresses: this.#pool.addresses.map(textOf),
      ready: liveness.ok && readiness.ok,
      reasons: readiness.reasons,
      generation: metrics.generation,
      workerCount: metrics.workerCount,
      startedAtMs: metrics.startedAtMs,
      totals: total.counts,
      measured: total.measures !== undefined,
      requests,
      rateOf,
      requestsPerSecond: perSecond(this.#requests),
      connectionsPerSecond: perSecond(this.#connections),
      messagesPerSecond: perSecond(this.#messages),
      latency: latencyOf(this.#durations, boundaries),
      waitingConnections: metrics.waitingConnections,
      queueWait: waitOf(this.#queueWait, boundaries),
      shedConnections: metrics.shedConnections,
      refusedConnections: metrics.refusedConnections,
      refusedBySlot: metrics.slots
        .map(({ workerId, refusedConnections: causes }) => ({ workerId, causes }))
        .filter(({ causes }) => Object.keys(causes).length > 0),
      lostConnections: metrics.lostConnections,
      respawns: metrics.respawns,
      recycles: metrics.recycles,
      stuckWorkers: metrics.stuckWorkers,
      restarts: metrics.restarts,
      resizes: metrics.resizes,
      lostReports: metrics.lostReports,
      primary: { nativeId: primary.nativeId, rssBytes: primary.rssBytes },
      workers: this.#rows(metrics, workers, rateOf),
    };
  }

  #rows(
    metrics: PoolMetrics,
    health: PoolHealthLike['workers'],
    rateOf: PoolSample['rateOf'],
  ): WorkerRow[] {
    const conditions = new Map(health.map((worker) => [worker.nativeId, worker.condition]));
    const known = new Map<number, WorkerLooks>();
    const rows = metrics.slots.flatMap(({ workerId, workers }) =>
      workers.map((worker) => {
        const looks = this.#workers.get(worker.nativeId) ?? newLooks();
        known.set(worker.nativeId, looks);
        const condition = conditions.get(worker.nativeId) ?? worker.state;
        look(looks, worker, metrics);
        const rate = looks[rateOf];
        return rowOf(workerId, worker, condition, { ...looks, rate }, metrics.boundaries);
      }),
    );
    this.#workers = known;
    const dead = health
      .filter(({ condition, nativeId }) => condition === 'dead' && !known.has(nativeId))
      .map(deadRow);
    return [...rows, ...dead].toSorted(
      (a, b) => a.workerId - b.workerId || a.generation - b.generation || a.nativeId - b.nativeId,
    );
  }
}

function rateOfPool(requests: number, messages: number): PoolSample['rateOf'] {
  if (requests > 0) return 'requests';
  return messages > 0 ? 'messages' : 'connections';
}

function newLooks(): WorkerLooks {
  return {
    requests: new RecentLooks(WINDOW_MS),
    messages: new RecentLooks(WINDOW_MS),
    connections: new RecentLooks(WINDOW_MS),
    durations: new RecentLooks(WINDOW_MS),
  };
}

/** What it measures counts by when the worker has told it, not by when it is looked at. */
function look(
  looks: WorkerLooks,
  { counts, measures, measuresAgeMs }: WorkerMetrics,
  { atMs, boundaries }: PoolMetrics,
): void {
  looks.messages.add(atMs, counts.messages);
  looks.connections.add(atMs, counts.totalConnections);
  if (measures === undefined || measuresAgeMs === undefined) return;
  const durations = durationsOf(measures.requests, boundaries);
  looks.durations.add(atMs - measuresAgeMs, durations);
  looks.requests.add(atMs - measuresAgeMs, countOf(durations));
}

function rowOf(
  workerId: number,
  worker: WorkerMetrics,
  condition: string,
  { rate, durations }: WorkerLooks & { readonly rate: RecentLooks<number> },
  boundaries: HistogramBoundaries,
): WorkerRow {
  const { nativeId, generation, state, uptimeMs, heartbeatAgeMs, counts, measures } = worker;
  const silent = heartbeatAgeMs > SILENT_MS;
  return {
    workerId,
    nativeId,
    generation,
    state,
    condition,
    uptimeMs,
    heartbeatAgeMs,
    activeConnections: counts.activeConnections,
    totalConnections: counts.totalConnections,
    handlerErrors: counts.handlerErrors,
    perSecond: silent ? 0 : perSecond(rate),
    latency: silent ? null : latencyOf(durations, boundaries),
    loopDelayP99Ms: measures === undefined ? null : measures.recentDelay.p99 * 1_000,
    utilization: worker.eventLoopUtilization,
    heapUsedBytes: measures?.memory.heapUsedBytes ?? null,
    heapLimitBytes: measures?.memory.heapLimitBytes ?? null,
    rssBytes: measures?.memory.rssBytes ?? null,
  };
}

function deadRow(worker: PoolHealthLike['workers'][number]): WorkerRow {
  const { workerId, nativeId, generation, state, condition } = worker;
  return {
    workerId,
    nativeId,
    generation,
    state,
    condition,
    uptimeMs: 0,
    heartbeatAgeMs: 0,
    activeConnections: 0,
    totalConnections: 0,
    handlerErrors: 0,
    perSecond: 0,
    latency: null,
    loopDelayP99Ms: null,
    utilization: 0,
    heapUsedBytes: null,
    heapLimitBytes: null,
    rssBytes: null,
  };
}

function durationsOf(
  requests: readonly RequestCounts[],
  { request }: HistogramBoundaries,
): HistogramCounts {
  return addBuckets(
    requests.map(({ duration }) => duration),
    request.length + 1,
  );
}

function latencyOf(
  { ends }: RecentLooks<HistogramCounts>,
  { request }: HistogramBoundaries,
): Latency | null {
  if (ends === undefined) return null;
  const [before, now] = ends;
  const recent = bucketsSince(now.value, before.value);
  const count = countOf(recent);
  if (count === 0) return null;
  const ms = (share: number): number => quantile(recent, request, share) * 1_000;
  return {
    meanMs: (recent.sum * 1_000) / count,
    p50Ms: ms(0.5),
    p90Ms: ms(0.9),
    p99Ms: ms(0.99),
  };
}

function waitOf(
  { ends }: RecentLooks<HistogramCounts>,
  { delay }: HistogramBoundaries,
): PoolSample['queueWait'] {
  if (ends === undefined) return null;
  const [before, now] = ends;
  const recent = bucketsSince(now.value, before.value);
  if (countOf(recent) === 0) return null;
  return {
    p50Ms: quantile(recent, delay, 0.5) * 1_000,
    p99Ms: quantile(recent, delay, 0.99) * 1_000,
  };
}

function textOf(address: AddressInfo | string): string {
  if (typeof address === 'string') return address;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
