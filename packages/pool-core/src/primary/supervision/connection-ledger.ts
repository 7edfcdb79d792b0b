import type { HandoffResult, SharedWorkerState } from '../../protocol/worker-handle.ts';
import { NO_COUNTS, type WorkerCounts, type WorkerReport } from '../../protocol/worker-report.ts';

/** The connections of one worker, as far as the primary knows: live where memory is shared. */
export class ConnectionLedger {
  readonly #shared: SharedWorkerState | undefined;
  #active = 0;
  /** Handoffs that the worker has neither accepted nor refused; the primary still has them. */
  #pending = 0;
  /** The ids of handed connections that are open, where workers tell them by messages. */
  readonly #handed = new Set<number>();
  #lastReport: WorkerReport | undefined;
  #unaccepted = 0;
  #cut: number | undefined;

  /** @param shared where worker and primary share memory */
  constructor(shared: SharedWorkerState | undefined) {
    this.#shared = shared;
  }

  /** Open ones; exact for those that were handed over. */
  get active(): number {
    return this.#shared?.activeConnections() ?? this.#active;
  }

  /** Those that a worker took to its grave without having begun to serve them, where known. */
  get unaccepted(): number {
    return this.#unaccepted;
  }

  /** What the worker counts: live where shared memory tells, else as last reported. */
  get counts(): WorkerCounts {
    return this.#shared?.counts() ?? this.#lastReport ?? NO_COUNTS;
  }

  /** The newest report; after the worker's end, the last one. */
  get lastReport(): WorkerReport | undefined {
    return this.#lastReport;
  }

  /** Those that the worker's end has cut off; to be asked after it. */
  get cut(): number {
    return this.#cut ?? this.#active - this.#pending;
  }

  /** One has been handed over. */
  handedOver(connectionId: number, result: HandoffResult): void {
    if (result === 'gone') return;
    this.#active += 1;
    if (result === 'moved') return;
    this.#pending += 1;
    this.#handed.add(connectionId);
  }

  /** The worker has accepted one. Returns whether it can have. */
  accepted(connectionId: number): boolean {
    // Where memory is shared the ids are those of its slots, and nothing is counted by them here.
    if (this.#shared !== undefined) return true;
    if (!this.#handed.has(connectionId) || this.#pending === 0) return false;
    this.#pending -= 1;
    return true;
  }

  /** The worker has not taken one. Returns whether it can have been handed to it. */
  refused(connectionId: number): boolean {
    if (this.#shared !== undefined) return true;
    if (!this.#handed.delete(connectionId) || this.#pending === 0) return false;
    this.#pending -= 1;
    this.#active -= 1;
    return true;
  }

  /** One has ended. Returns whether the worker can have had it. */
  closed(connectionId: number | undefined): boolean {
    if (this.#shared !== undefined) return true;
    if (connectionId !== undefined && !this.#handed.delete(connectionId)) return false;
    // Of connections that it had accepted by itself, the last report may not have known all.
    if (this.#active > 0) this.#active -= 1;
    return true;
  }

  /**
   * The worker has reported.
   *
   * @param report what
   * @param handed whether the primary hands connections over, and so counts them by itself:
   *   reports still under way may not include the last ones
   */
  reported(report: WorkerReport, handed: boolean): void {
    this.#lastReport = report;
    if (!handed) this.#active = report.activeConnections;
  }

  /** The worker says how many connections it cuts as it exits. */
  exiting(cutConnections: number): void {
    this.#cut = cutConnections;
  }

  /** The worker is gone. */
  ended(): void {
    if (this.#shared === undefined) return;
    this.#unaccepted = this.#shared.unaccepted();
    // What was never accepted is counted on its own.
    this.#active = this.#shared.activeConnections() - this.#unaccepted;
    this.#pending = 0;
  }
}
