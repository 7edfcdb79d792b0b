import {
  createErrorCounts,
  addErrorCounts,
  sumErrorCounts,
  type ErrorCounts,
} from '../measure/error-class.ts';
import { type ErrorReasonCounts, ErrorReasons } from '../measure/error-reasons.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import { histogramOf, type HistogramBar } from '../measure/latency-histogram.ts';
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
  /** Connections that are open at its end. */
  readonly connections: number;
  /** The reply latency of this second. */
  readonly latency: LatencyPercentiles;
  /** Requests, right replies and errors by class since the end of the warm-up. */
  readonly total: {
    readonly sent: number;
    readonly right: number;
    readonly errors: ErrorCounts;
    /** Why they happened, class by class. */
    readonly errorReasons: ErrorReasonCounts;
    /** HTTP: how many replies had each status. */
    readonly statuses: Readonly<Record<string, number>>;
    readonly latency: LatencyPercentiles;
    /** How many right replies took how long: rising bounds, the last one holds all the rest. */
    readonly histogram: readonly HistogramBar[];
  };
}

/** Adds the intervals of the threads up to progress events. */
export class ProgressTracker {
  readonly #shares: number;
  readonly #seconds = new Map<number, IntervalSnapshot[]>();
  readonly #latency = new LatencyCounts();
  readonly #errors = createErrorCounts();
  readonly #reasons = new ErrorReasons();
  readonly #statuses = new Map<number, number>();
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
    let connections = 0;
    for (const each of intervals) {
      sent += each.sent;
      right += each.replies;
      connections += each.connections;
      for (const [status, count] of each.statuses) {
        this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + count);
      }
      addErrorCounts(errors, each.errors);
      this.#reasons.add(each.errorReasons);
      latency.add(each.latency);
    }
    this.#sent += sent;
    this.#right += right;
    addErrorCounts(this.#errors, errors);
    const snapshot = latency.snapshot();
    this.#latency.add(snapshot);
    const whole = this.#latency.snapshot();
    return {
      second,
      sent,
      right,
      errors: sumErrorCounts(errors),
      connections,
      latency: percentilesOf(snapshot),
      total: {
        sent: this.#sent,
        right: this.#right,
        errors: { ...this.#errors },
        errorReasons: this.#reasons.snapshot(),
        statuses: Object.fromEntries(this.#statuses),
        latency: percentilesOf(whole),
        histogram: histogramOf(whole),
      },
    };
  }
}
