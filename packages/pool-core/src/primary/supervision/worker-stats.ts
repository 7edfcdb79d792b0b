import type { ManagedWorker } from './managed-worker.ts';
import { type WorkerInfo, workerInfo } from '../../options/workers/worker-info.ts';
import type { WorkerReport } from '../../protocol/worker-report.ts';

/** A worker and what it last reported. */
export interface WorkerStats extends WorkerInfo {
  /** Milliseconds since it was spawned. */
  readonly uptimeMs: number;
  /**
   * Milliseconds since its event loop last showed that it turns, which it does about
   * four times a second.
   */
  readonly heartbeatAgeMs: number;
  /** Its report; undefined while it starts, and the last known one if it did not answer. */
  readonly report: WorkerReport | undefined;
}

/** How long a worker's answer is waited for, in milliseconds, before its last report is taken. */
const REPORT_TIMEOUT_MS = 2_000;

/**
 * Takes a snapshot of workers, each with a fresh report, or its last one if it does
 * not answer in time.
 *
 * @param workers the workers
 */
export async function workerStats(workers: readonly ManagedWorker[]): Promise<WorkerStats[]> {
  return Promise.all(
    workers.map(async (worker) => {
      const report = (await worker.report(REPORT_TIMEOUT_MS)) ?? worker.lastReport;
      return {
        ...workerInfo(worker),
        uptimeMs: performance.now() - worker.startedAtMs,
        heartbeatAgeMs: worker.heartbeatAgeMs,
        report,
      };
    }),
  );
}
