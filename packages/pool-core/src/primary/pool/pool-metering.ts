import { createRequire } from 'node:module';
import type { PoolMetrics } from '@sockpool/metrics';
import type {
  DurationHistogram,
  HistogramCounts,
  LedgerWorker,
  MetricsLedger,
} from '@sockpool/metrics/ledger';
import type * as LedgerModule from '@sockpool/metrics/ledger';
import { addCounts, NO_COUNTS } from '../../protocol/worker-report.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { PoolEvents } from './pool-stats.ts';
import type { Totals } from './totals.ts';
import type { AdmissionControl } from '../admission/admission-control.ts';
import type { ConnectionShedder } from '../dispatch/connection-shedder.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Recycler } from '../rollouts/recycler.ts';
import type { Supervisor } from '../supervision/supervisor.ts';

const require = createRequire(import.meta.url);

/** The parts of a pool that count. */
interface CountingParts {
  readonly supervisor: Supervisor;
  readonly totals: Totals;
  readonly dispatcher: Dispatcher;
  readonly shedder: ConnectionShedder;
  readonly admissionControl: AdmissionControl;
  readonly recycler: Recycler<ManagedWorker>;
}

/**
 * The metrics of a pool: keeps what its workers have counted beyond their ends, and what happens to
 * the pool as a whole. Loads what it needs when the first worker has gone or the first snapshot is
 * taken.
 */
export class PoolMetering {
  readonly #startedAtMs = Date.now();
  readonly #events = new Map<keyof PoolEvents, number>();
  #module: typeof LedgerModule | undefined;
  #ledger: MetricsLedger | undefined;
  #queueWait: DurationHistogram | undefined;
  #generation = 0;

  /** A connection has got a worker after that wait, in milliseconds. */
  waited(waitedMs: number): void {
    this.#waits.observe(waitedMs / 1_000);
  }

  /** Something has happened to the pool. */
  happened<Event extends keyof PoolEvents>(event: Event, ...values: PoolEvents[Event]): void {
    this.#events.set(event, this.#times(event) + 1);
    if (event === 'restarting') this.#generation = Number(values[0]);
  }

  /** A worker is gone. */
  departed(worker: ManagedWorker): void {
    const { measures, toldLast } = worker.measured;
    // One that never was ready has counted nothing.
    const complete = toldLast || worker.readyForMs() === 0;
    this.#kept.departed(worker.id, worker.counts, measures, complete);
  }

  /**
   * Takes a snapshot, at once.
   *
   * @param parts the parts of the pool
   * @param state where the pool stands in its life
   */
  snapshot(parts: CountingParts, state: string): PoolMetrics {
    const { supervisor, totals, dispatcher, shedder, admissionControl, recycler } = parts;
    const workers = supervisor.workers.map(ledgerWorker);
    const slots = this.#kept.slots(workers, supervisor.slots.length, (workerId) =>
      admissionControl.countsOf(workerId),
    );
    return {
      atMs: Date.now(),
      startedAtMs: this.#startedAtMs,
      state,
      generation: this.#generation,
      workerCount: supervisor.slots.length,
      slots,
      total: this.#library.totalOf(slots),
      boundaries: this.#library.HISTOGRAM_BOUNDARIES,
      waitingConnections: dispatcher.waiting,
      queueWait: this.#readWaits(),
      shedConnections: shedder.counts,
      refusedConnections: admissionControl.counts,
      lostConnections: totals.lost,
      respawns: supervisor.respawns,
      recycles: recycler.recycles,
      stuckWorkers: this.#times('workerStuck'),
      restarts: { done: this.#times('restarted'), failed: this.#times('restartFailed') },
      resizes: this.#times('resized'),
      lostReports: this.#kept.lostReports,
      primary: primaryProcess(),
      families: this.#kept.families(workers),
    };
  }

  get #library(): typeof LedgerModule {
    this.#module ??= require('@sockpool/metrics/ledger') as typeof LedgerModule;
    return this.#module;
  }

  get #kept(): MetricsLedger {
    this.#ledger ??= new this.#library.MetricsLedger();
    return this.#ledger;
  }

  get #waits(): DurationHistogram {
    const { DurationHistogram: Histogram, DELAY_BOUNDARIES } = this.#library;
    this.#queueWait ??= new Histogram(DELAY_BOUNDARIES);
    return this.#queueWait;
  }

  #readWaits(): HistogramCounts {
    return this.#waits.read();
  }

  #times(event: keyof PoolEvents): number {
    return this.#events.get(event) ?? 0;
  }
}

function ledgerWorker(worker: ManagedWorker): LedgerWorker {
  const { id, nativeId, generation, state, counts, measured } = worker;
  return {
    workerId: id,
    nativeId,
    generation,
    state,
    uptimeMs: performance.now() - worker.startedAtMs,
    heartbeatAgeMs: worker.heartbeatAgeMs,
    eventLoopUtilization: worker.eventLoopUtilization,
    // As last reported they come with more than the counters.
    counts: addCounts(NO_COUNTS, counts),
    measures: measured.measures,
    measuresAgeMs: measured.ageMs,
  };
}

function primaryProcess(): PoolMetrics['primary'] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    nativeId: process.pid,
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    cpu: { userSeconds: user / 1e6, systemSeconds: system / 1e6 },
  };
}
