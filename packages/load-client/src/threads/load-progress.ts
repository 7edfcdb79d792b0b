import {
  createErrorCounts,
  addErrorCounts,
  sumErrorCounts,
  type ErrorCounts,
} from '../measure/error-class.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import { percentilesOf, type LatencyPercentiles } from '../measure/latency-summary.ts';
import type { IntervalSnapshot } from '../measure/recorder.ts';

/** How far a run is: one event for each second of the measured time, when all threads have reported it. */
export interface LoadProgress {
  /** The second that is over, from 0 at the end of the warm-up. */
  readonly second: number;
  /** Requests written in this second. */
  readonly sent: number;
  /** Right replies of this second. */
  readonly right: number;
  /** Errors of this second. */
  readonly errors: number;
  /** The reply latency of this second. */
  readonly latency: LatencyPercentiles;
  /** Requests, right replies and errors by class since the end of the warm-up. */
  readonly total: {
    readonly sent: number;
    readonly right: number;
    readonly errors: ErrorCounts;
    readonly latency: LatencyPercentiles;
  };
}

/** Adds the intervals of the threads up to progress events. */
export class ProgressTracker {
  readonly #shares: number;
  readonly #seconds = new Map<number, IntervalSnapshot[]>();
  readonly #latency = new LatencyCounts();
  readonly #errors = createErrorCounts();
  #sent = 0;
  #right = 0;

  constructor(shares: number) {
    this.#shares = shares;
  }

  /** Takes an interval; returns the progress when it was the last one of its second. */
  add(interval: IntervalSnapshot): LoadProgress | undefined {
    const { second } = interval;
    const intervals = this.#seconds.get(second) ?? [];
    intervals.push(interval);
    if (intervals.length < this.#shares) {
      this.#seconds.set(second, intervals);
      return undefined;
    }
    this.#seconds.delete(second);
    const latency = new LatencyCounts();
    const errors = createErrorCounts();
    let sent = 0;
    let right = 0;
    for (const each of intervals) {
      sent += each.sent;
      right += each.replies;
      addErrorCounts(errors, each.errors);
      latency.add(each.latency);
    }
    this.#sent += sent;
    this.#right += right;
    addErrorCounts(this.#errors, errors);
    const snapshot = latency.snapshot();
    this.#latency.add(snapshot);
    return {
      second,
      sent,
      right,
      errors: sumErrorCounts(errors),
      latency: percentilesOf(snapshot),
      total: {
        sent: this.#sent,
        right: this.#right,
        errors: { ...this.#errors },
        latency: percentilesOf(this.#latency.snapshot()),
      },
    };
  }
}
