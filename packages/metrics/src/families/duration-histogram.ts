/** A histogram as plain data. */
export interface HistogramCounts {
  /** How many observations each bucket has, for itself; the last one is for all that are larger. */
  readonly counts: readonly number[];
  /** The sum of all observations. */
  readonly sum: number;
}

/**
 * Boundaries for durations of HTTP requests, in seconds: those that OpenTelemetry advises for
 * `http.server.request.duration`, from 0.005 on, and five below, since a small reply takes 0.2 ms.
 */
export const REQUEST_BOUNDARIES: readonly number[] = Object.freeze([
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1,
  2.5, 5, 7.5, 10,
]);

/** Boundaries for delays of an event loop, and for waits in a queue, in seconds. */
export const DELAY_BOUNDARIES: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

/** Boundaries for how long a connection was open, in seconds. */
export const CONNECTION_BOUNDARIES: readonly number[] = Object.freeze([
  0.01, 0.1, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400,
]);

/** Boundaries for pauses of the garbage collector, in seconds; OpenTelemetry advises 0.01, 0.1, 1, 10. */
export const PAUSE_BOUNDARIES: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10,
]);

/** The inclusive upper boundaries of the buckets of a pool's histograms, in seconds and in order. */
export interface HistogramBoundaries {
  /** Of `requests`. */
  readonly request: readonly number[];
  /** Of `queueWait` and `eventLoop.delay`. */
  readonly delay: readonly number[];
  /** Of `connectionDuration`. */
  readonly connection: readonly number[];
  /** Of `gc`. */
  readonly pause: readonly number[];
}

/** Those of this version; another one may have others. */
export const HISTOGRAM_BOUNDARIES: HistogramBoundaries = Object.freeze({
  request: REQUEST_BOUNDARIES,
  delay: DELAY_BOUNDARIES,
  connection: CONNECTION_BOUNDARIES,
  pause: PAUSE_BOUNDARIES,
});

/**
 * Rounds to a 2^20th of a second, about a microsecond. Sums of such numbers are exact in whatever
 * order they are added: others can fall by their last digit when a worker goes and its sum moves from
 * one place to another, which Prometheus takes for a reset.
 *
 * @param seconds a duration
 */
export function exactSeconds(seconds: number): number {
  return Math.round(seconds * 2 ** 20) / 2 ** 20;
}

/** Counts durations by fixed boundaries. To observe one takes a few nanoseconds. */
export class DurationHistogram {
  readonly #boundaries: readonly number[];
  /** Not an array of numbers: that one is rewritten as its counts grow beyond small integers. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param boundaries the inclusive upper boundaries of its buckets, in seconds and in order */
  constructor(boundaries: readonly number[]) {
    this.#boundaries = boundaries;
    this.#counts = new Float64Array(boundaries.length + 1);
  }

  /**
   * Counts one.
   *
   * @param seconds how long it took
   */
  observe(seconds: number): void {
    const boundaries = this.#boundaries;
    let bucket = 0;
    while (bucket < boundaries.length && seconds > (boundaries[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** What it has counted. */
  read(): HistogramCounts {
    return { counts: [...this.#counts], sum: exactSeconds(this.#sum) };
  }
}

/**
 * Adds two histograms of the same boundaries.
 *
 * @param left the one; undefined is an empty one
 * @param right the other
 */
export function addHistograms(
  left: HistogramCounts | undefined,
  right: HistogramCounts,
): HistogramCounts {
  if (left === undefined) return right;
  return {
    counts: right.counts.map((count, bucket) => count + (left.counts[bucket] ?? 0)),
    sum: left.sum + right.sum,
  };
}

/** How many observations a histogram has. */
export function observations({ counts }: HistogramCounts): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
