import type { ManagedWorker } from './managed-worker.ts';
import type { WorkerInfo, WorkerStats } from '../pool/pool-stats.ts';

/** How long a worker's answer is waited for, in milliseconds, before its last report is taken. */
const REPORT_TIMEOUT_MS = 2_000;

/**
 * Says which worker it is, for events and stats.
 *
 * @param worker the worker
 */
export function workerInfo(worker: ManagedWorker): WorkerInfo {
  const { id, nativeId, generation, state } = worker;
  return { workerId: id, nativeId, generation, state };
}

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
