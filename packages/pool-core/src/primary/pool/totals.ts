import type { ManagedWorker } from '../supervision/managed-worker.ts';
import { addCounts, NO_COUNTS, type WorkerCounts } from '../../protocol/worker-report.ts';

/** Keeps what workers counted beyond their ends. */
export class Totals {
  /** Connections that ended with their workers while the pool closed. */
  cutAtClose = 0;
  /** Connections lost with a worker that died before it could accept them. */
  lost = 0;
  /** When the last connection of a worker that is gone came, in milliseconds since the epoch. */
  lastConnectionAtMs = 0;
  #past: WorkerCounts = NO_COUNTS;

  /** The counters of workers that are gone. */
  get past(): WorkerCounts {
    return this.#past;
  }

  /** Takes over what a worker counted that is gone now. */
  add(worker: ManagedWorker): void {
    this.#past = addCounts(this.#past, { ...worker.counts, activeConnections: 0 });
    const { lastConnectionAtMs = 0 } = worker.lastReport ?? {};
    this.lastConnectionAtMs = Math.max(this.lastConnectionAtMs, lastConnectionAtMs);
    this.lost += worker.unacceptedConnections;
  }

  /** The counters of all workers so far, those that are there included. */
  total(workers: readonly ManagedWorker[]): WorkerCounts {
    return workers.reduce((sum, worker) => addCounts(sum, worker.counts), this.#past);
  }
}
