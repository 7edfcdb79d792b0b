import { lowestAt, type CountsSnapshot } from './latency-counts.ts';

/** How many times lie in a range, for people to look at. */
export interface HistogramBar {
  /** The range, in milliseconds: from the first bound on, below the second. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** So many bars fit on a page and on a terminal. */
const MAX_BARS = 12;

/** The steps between bounds: three or so to each power of ten. */
const STEPS = [1, 2, 5];

/** Returns the round bounds from the last one below a time to the first one above another. */
function boundsBetween(minMs: number, maxMs: number): number[] {
  const bounds: number[] = [];
  for (let power = Math.floor(Math.log10(minMs)); 10 ** power <= maxMs * 10; power += 1) {
    for (const step of STEPS) bounds.push(Number((step * 10 ** power).toPrecision(3)));
  }
  const first = bounds.findLastIndex((bound) => bound <= minMs);
  const last = bounds.findIndex((bound) => bound > maxMs);
  return bounds.slice(Math.max(0, first), last + 1);
}

/** Returns the times of a histogram in ranges between round bounds, which grow with the times. */
export function histogramOf({
  indexes,
  counts,
  count,
  minNs,
  maxNs,
}: CountsSnapshot): HistogramBar[] {
  if (count === 0) return [];
  const bounds = boundsBetween(Math.max(minNs, 1_000) / 1e6, Math.max(maxNs, 1_000) / 1e6);
  // What is fast is told apart no further than the bars reach.
  const kept = [0, ...bounds.slice(1)].slice(-MAX_BARS - 1);
  if (kept[0] !== 0) kept[0] = 0;
  const bars = kept.slice(1).map((toMs, bar) => ({ fromMs: kept[bar] ?? 0, toMs, count: 0 }));
  let bar = 0;
  for (const [position, index] of indexes.entries()) {
    const timeMs = lowestAt(index) / 1e6;
    while (bar < bars.length - 1 && timeMs >= (bars[bar]?.toMs ?? 0)) bar += 1;
    const found = bars[bar];
    if (found !== undefined) found.count += counts[position] ?? 0;
  }
  return bars;
}
