/** A part of an open run: the rate goes linearly from `rate` to `toRate`, or stays. */
export interface RateStage {
  /** How long the stage lasts, in milliseconds. */
  readonly durationMs: number;
  /** The requests a second at the stage's start. */
  readonly rate: number;
  /** The requests a second at the stage's end. @default the same as `rate` */
  readonly toRate?: number | undefined;
}

interface Segment {
  readonly startMs: number;
  readonly startCount: number;
  readonly durationMs: number;
  readonly ratePerMs: number;
  readonly slope: number;
  readonly count: number;
}

/**
 * Says when the n-th request of an open run is due.
 *
 * The number of requests due up to a time is the integral of the rate; its inverse gives the time
 * of a request. Any positive number is a position, so that random arrivals use the same schedule.
 */
export class RateSchedule {
  readonly #segments: readonly Segment[];
  /** The number of requests that the whole schedule holds; it may be infinite. */
  readonly totalCount: number;
  /** How long the whole schedule lasts, in milliseconds; it may be infinite. */
  readonly durationMs: number;

  /** Creates a schedule of stages that follow one another; the last may be endless. */
  constructor(stages: readonly RateStage[]) {
    const segments: Segment[] = [];
    let startMs = 0;
    let startCount = 0;
    for (const { durationMs, rate, toRate = rate } of stages) {
      if (durationMs <= 0) continue;
      const endless = durationMs === Number.POSITIVE_INFINITY;
      const count = endless ? durationMs : ((rate + toRate) / 2000) * durationMs;
      const slope = endless ? 0 : (toRate - rate) / 1000 / durationMs;
      segments.push({ startMs, startCount, durationMs, ratePerMs: rate / 1000, slope, count });
      startMs += durationMs;
      startCount += count;
    }
    this.#segments = segments;
    this.totalCount = startCount;
    this.durationMs = startMs;
  }

  /** Returns when the request at a position (from 0) is due, in milliseconds after the start; Infinity past the end. */
  timeOf(position: number): number {
    const segment = this.#segments.find(
      ({ startCount, count }) => count > 0 && position < startCount + count,
    );
    if (segment === undefined) return Number.POSITIVE_INFINITY;
    const { startMs, startCount, ratePerMs, slope } = segment;
    const wanted = position - startCount;
    if (slope === 0) return startMs + wanted / ratePerMs;
    return startMs + (Math.sqrt(ratePerMs ** 2 + 2 * slope * wanted) - ratePerMs) / slope;
  }

  /** Returns the planned rate at a time after the start, in requests a second. */
  rateAt(timeMs: number): number {
    const segment = this.#segments.find(
      ({ startMs, durationMs }) => timeMs >= startMs && timeMs < startMs + durationMs,
    );
    if (segment === undefined) return 0;
    return (segment.ratePerMs + segment.slope * (timeMs - segment.startMs)) * 1000;
  }
}
