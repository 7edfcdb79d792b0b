import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import {
  DurationHistogram,
  type HistogramCounts,
  PAUSE_BOUNDARIES,
} from '../families/duration-histogram.ts';

/** The kinds of garbage collection, as OpenTelemetry calls them. */
export type GcKind = 'minor' | 'major' | 'incremental' | 'weakcb';

interface GcEntry extends PerformanceEntry {
  readonly detail?: { readonly kind: number };
}

const KINDS: ReadonlyMap<number | undefined, GcKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** The pauses of one kind of garbage collection. */
export interface GcCounts {
  readonly kind: GcKind;
  /** By `PAUSE_BOUNDARIES`. */
  readonly pause: HistogramCounts;
}

/** Counts the pauses of the garbage collector, and how long they were. */
export class GcPauses {
  readonly #pauses = new Map<GcKind, DurationHistogram>();
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      this.#count((entry as GcEntry).detail?.kind, entry.duration);
    }
  });

  /** Counts from now on. */
  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Counts no more. */
  stop(): void {
    this.#observer.disconnect();
  }

  /** What it has counted. */
  read(): GcCounts[] {
    return Array.from(this.#pauses, ([kind, histogram]) => ({ kind, pause: histogram.read() }));
  }

  #count(number: number | undefined, durationMs: number): void {
    const kind = KINDS.get(number);
    if (kind === undefined) return;
    let histogram = this.#pauses.get(kind);
    if (histogram === undefined) {
      histogram = new DurationHistogram(PAUSE_BOUNDARIES);
      this.#pauses.set(kind, histogram);
    }
    histogram.observe(durationMs / 1_000);
  }
}
