import { createHistogram, performance } from 'node:perf_hooks';
import {
  DELAY_BOUNDARIES,
  DurationHistogram,
  exactSeconds,
  type HistogramCounts,
} from '../families/duration-histogram.ts';

/** How often the loop is asked for its delay, in milliseconds. */
const RESOLUTION_MS = 50;

/** The most ticks that are counted for one stall. */
const MAX_MISSED_TICKS = 200;

/** How late ticks of an event loop came since the last look, in seconds; all 0 when none was due. */
export interface RecentDelay {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How an event loop does. */
export interface EventLoopMeasures {
  /** How long it was busy since its start, in seconds. */
  readonly activeSeconds: number;
  /** How long it waited since its start, in seconds. */
  readonly idleSeconds: number;
  /** How late every tick came that was due each 50 ms, by `DELAY_BOUNDARIES`. */
  readonly delay: HistogramCounts;
  readonly recentDelay: RecentDelay;
}

/**
 * Measures how late an event loop is. A loop that stalls misses ticks, and each of them counts with
 * how late it is: else a stall of seconds would be one observation among thousands.
 */
export class EventLoop {
  readonly #delay = new DurationHistogram(DELAY_BOUNDARIES);
  readonly #recent = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 2 });
  #timer: NodeJS.Timeout | undefined;
  #tickedAtMs = 0;

  /** Measures from now on. Keeps no program alive. */
  start(): void {
    this.#tickedAtMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), RESOLUTION_MS).unref();
  }

  /** Measures no more. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** What it has measured. The recent delay begins anew. */
  read(): EventLoopMeasures {
    const { active, idle } = performance.eventLoopUtilization();
    const recentDelay = this.#readRecent();
    this.#recent.reset();
    return {
      activeSeconds: exactSeconds(active / 1_000),
      idleSeconds: exactSeconds(idle / 1_000),
      delay: this.#delay.read(),
      recentDelay,
    };
  }

  #tick(): void {
    const nowMs = performance.now();
    let delayMs = Math.max(0, nowMs - this.#tickedAtMs - RESOLUTION_MS);
    this.#tickedAtMs = nowMs;
    for (let ticks = 0; ticks < MAX_MISSED_TICKS; ticks += 1) {
      this.#delay.observe(delayMs / 1_000);
      this.#recent.record(Math.max(1, Math.round(delayMs * 1_000)));
      delayMs -= RESOLUTION_MS;
      if (delayMs < 0) return;
    }
  }

  #readRecent(): RecentDelay {
    const recent = this.#recent;
    if (recent.count === 0) return { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 };
    const { min, max, mean, stddev } = recent;
    return {
      min: min / 1e6,
      max: max / 1e6,
      mean: mean / 1e6,
      stddev: stddev / 1e6,
      p50: recent.percentile(50) / 1e6,
      p90: recent.percentile(90) / 1e6,
      p99: recent.percentile(99) / 1e6,
    };
  }
}
