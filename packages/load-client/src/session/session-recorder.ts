import { LatencyCounts, type CountsSnapshot } from '../measure/latency-counts.ts';

/** What became of the requests of one step. */
export interface StepSnapshot {
  readonly right: number;
  readonly failed: number;
  readonly unanswered: number;
  readonly latency: CountsSnapshot;
}

/** What became of the sessions of one load thread; it can be posted between threads. */
export interface SessionSnapshot {
  readonly completed: number;
  readonly failed: number;
  readonly cut: number;
  readonly unfinished: number;
  readonly duration: CountsSnapshot;
  readonly steps: readonly StepSnapshot[];
}

/** How a session ended. `cut`: its connection ended between two steps; `unfinished`: the run did. */
export type SessionEnd = 'completed' | 'failed' | 'cut' | 'unfinished';

interface StepCounts {
  right: number;
  failed: number;
  unanswered: number;
  readonly latency: LatencyCounts;
}

/** Counts sessions and their steps; what starts before the measured time begins is left out. */
export class SessionRecorder {
  readonly #isMeasured: (startedMs: number) => boolean;
  readonly #steps: readonly StepCounts[];
  readonly #ends: Record<SessionEnd, number> = { completed: 0, failed: 0, cut: 0, unfinished: 0 };
  readonly #duration = new LatencyCounts();

  /** Creates a recorder; `isMeasured` says whether what started at a time counts. */
  constructor(steps: number, isMeasured: (startedMs: number) => boolean) {
    this.#isMeasured = isMeasured;
    this.#steps = Array.from({ length: steps }, () => ({
      right: 0,
      failed: 0,
      unanswered: 0,
      latency: new LatencyCounts(),
    }));
  }

  /** Counts a right reply to a step. */
  recordReply(step: number, dueMs: number, nowMs: number): void {
    const counts = this.#steps[step];
    if (counts === undefined || !this.#isMeasured(dueMs)) return;
    counts.right += 1;
    counts.latency.recordMs(nowMs - dueMs);
  }

  /** Counts a step that failed, or had no reply when the run ended. */
  recordLoss(step: number, kind: 'failed' | 'unanswered', dueMs: number): void {
    const counts = this.#steps[step];
    if (counts !== undefined && this.#isMeasured(dueMs)) counts[kind] += 1;
  }

  /** Counts the end of a session; one that is completed has a duration. */
  recordEnd(end: SessionEnd, startedMs: number, nowMs: number): void {
    if (!this.#isMeasured(startedMs)) return;
    this.#ends[end] += 1;
    if (end === 'completed') this.#duration.recordMs(nowMs - startedMs);
  }

  /** Returns the counts, independent of what is counted later. */
  snapshot(): SessionSnapshot {
    return {
      ...this.#ends,
      duration: this.#duration.snapshot(),
      steps: this.#steps.map((step) => ({ ...step, latency: step.latency.snapshot() })),
    };
  }
}
