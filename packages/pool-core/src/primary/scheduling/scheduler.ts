import type { ConnectionView } from '../../options/worker-view.ts';
import type { WorkerCounts } from '../../protocol/worker-report.ts';

/** A worker as a scheduler sees it: live, not a snapshot. */
export interface SchedulableWorker {
  /** Its slot in the pool, from 0. */
  readonly id: number;
  /** How many restarts the pool had when it was spawned. */
  readonly generation?: number;
  /** Connections it has open, those on their way to it included. */
  readonly activeConnections: number;
  readonly counts: WorkerCounts;
  /** Share of time its event loop was busy, from 0 to 1; 1 if its last sample is too old. */
  readonly eventLoopUtilization: number;
  /** Connections handed over since that was sampled, which it does not tell of yet. */
  readonly handedSinceSample: number;
  /** Milliseconds since its event loop last showed that it turns. */
  readonly heartbeatAgeMs: number;
}

/**
 * Chooses the worker for the next connection among those with free capacity.
 * Gets at least one worker, in order of their ids, and returns one of them. The
 * array is reused: it must not be kept.
 */
export type Scheduler = <Worker extends SchedulableWorker>(
  workers: readonly Worker[],
  connection: ConnectionView,
) => Worker;
