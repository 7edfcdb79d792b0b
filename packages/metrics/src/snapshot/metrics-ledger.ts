import { type MetricFamily, type MetricSample, seriesKey } from '../families/metric-family.ts';
import { lastingFamilies, mergeFamilies } from '../families/merge-families.ts';
import { addSums, type WorkerMeasures, type WorkerSums } from '../measuring/worker-measures.ts';
import type { SlotMetrics, SlotSums, WorkerCountsLike, WorkerMetrics } from './pool-metrics.ts';

/** A worker as the primary knows it. */
export interface LedgerWorker extends WorkerMetrics {
  /** Its slot in the pool. */
  readonly workerId: number;
}

const NO_COUNTS: WorkerCountsLike = Object.freeze({
  activeConnections: 0,
  totalConnections: 0,
  messages: 0,
  handlerErrors: 0,
  socketErrors: 0,
  acceptErrors: 0,
  refusedConnections: 0,
});

const NOTHING: SlotSums = Object.freeze({ counts: NO_COUNTS, measures: undefined });

/**
 * Keeps what workers have counted beyond their ends, by slot, so that no sum ever falls when a worker
 * dies or is replaced.
 */
export class MetricsLedger {
  readonly #departed = new Map<number, SlotSums>();
  #families: readonly MetricFamily[] = [];
  #lostReports = 0;
  /** The largest value that each sum of a program has been told with. */
  readonly #told = new Map<string, number>();

  /** Workers that ended without a last report. */
  get lostReports(): number {
    return this.#lostReports;
  }

  /**
   * A worker is gone.
   *
   * @param workerId its slot
   * @param counts its last counters
   * @param measures what it last told of itself, if anything
   * @param toldLast whether it told so as it went; what one that was killed has counted since its last
   *   report is lost
   */
  departed(
    workerId: number,
    counts: WorkerCountsLike,
    measures: WorkerMeasures | undefined,
    toldLast: boolean,
  ): void {
    const lasting = { counts: { ...counts, activeConnections: 0 }, measures: sumsOf(measures) };
    this.#departed.set(workerId, addSlots(this.#departed.get(workerId) ?? NOTHING, lasting));
    if (!toldLast) this.#lostReports += 1;
    if (measures === undefined || measures.families.length === 0) return;
    this.#families = mergeFamilies([this.#families, lastingFamilies(measures.families)]);
  }

  /**
   * The slots, each with its workers and with sums that never fall.
   *
   * @param workers the workers that are there, those of one slot in the order of their spawns
   * @param workerCount how many slots the pool has
   * @param refusedOf tells what the workers of a slot have refused so far, by reason
   */
  slots(
    workers: readonly LedgerWorker[],
    workerCount: number,
    refusedOf: (workerId: number) => Readonly<Record<string, number>>,
  ): SlotMetrics[] {
    const ids = new Set([
      ...Array.from({ length: workerCount }, (_, id) => id),
      ...this.#departed.keys(),
      ...workers.map(({ workerId }) => workerId),
    ]);
    return [...ids]
      .toSorted((left, right) => left - right)
      .map((workerId) => {
        const here = workers.filter((worker) => worker.workerId === workerId);
        const live = here.map(({ counts, measures }) => ({ counts, measures: sumsOf(measures) }));
        return {
          workerId,
          workers: here.map(({ workerId: _slot, ...worker }) => worker),
          sums: [this.#departed.get(workerId) ?? NOTHING, ...live].reduce(addSlots),
          refusedConnections: refusedOf(workerId),
        };
      });
  }

  /**
   * What programs expose, of all workers.
   *
   * @param workers the workers that are there
   */
  families(workers: readonly LedgerWorker[]): MetricFamily[] {
    const merged = mergeFamilies([
      ...workers
        .toSorted((left, right) => left.workerId - right.workerId)
        .map(({ measures }) => measures?.families ?? []),
      this.#families,
    ]);
    return merged.map((family) => this.#withoutFalls(family));
  }

  /** Fractions that are added in another order, since a worker has gone, may differ in their last digit. */
  #withoutFalls(family: MetricFamily): MetricFamily {
    if (family.type !== 'counter' && family.type !== 'histogram') return family;
    const values: MetricSample[] = [];
    for (const sample of family.values) {
      const key = `${family.name} ${seriesKey(sample)}`;
      const told = this.#told.get(key) ?? -Infinity;
      const value = isRounding(sample.value, told) ? told : sample.value;
      this.#told.set(key, value);
      values.push({ ...sample, value });
    }
    return { ...family, values };
  }
}

function isRounding(value: number, told: number): boolean {
  return value < told && told - value <= Math.abs(told) * 1e-9;
}

/**
 * Adds what slots have counted.
 *
 * @param slots the slots
 */
export function totalOf(slots: readonly SlotMetrics[]): SlotSums {
  return slots.map(({ sums }) => sums).reduce(addSlots, NOTHING);
}

function addSlots(left: SlotSums, right: SlotSums): SlotSums {
  const counts = { ...NO_COUNTS } as Record<keyof WorkerCountsLike, number>;
  for (const field of Object.keys(counts) as (keyof WorkerCountsLike)[]) {
    counts[field] = left.counts[field] + right.counts[field];
  }
  return {
    counts,
    measures: right.measures === undefined ? left.measures : addSums(left.measures, right.measures),
  };
}

/** What of it is a sum. */
function sumsOf(measures: WorkerMeasures | undefined): WorkerSums | undefined {
  if (measures === undefined) return undefined;
  const { bytesRead, bytesWritten, connectionDuration, tlsHandshakes } = measures;
  const { requests, eventLoop, cpu, gc } = measures;
  return {
    bytesRead,
    bytesWritten,
    connectionDuration,
    tlsHandshakes,
    requests,
    eventLoop,
    cpu,
    gc,
  };
}
