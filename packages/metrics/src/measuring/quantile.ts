/** A histogram: how many observations each bucket has, the last one for all that are larger. */
export interface Buckets {
  readonly counts: readonly number[];
  readonly sum: number;
}

/**
 * What a histogram has counted since an earlier look.
 *
 * @param now the later look
 * @param before the earlier one; undefined where there was nothing yet
 */
export function bucketsSince(now: Buckets, before: Buckets | undefined): Buckets {
  if (before === undefined) return now;
  return {
    counts: now.counts.map((count, bucket) => Math.max(0, count - (before.counts[bucket] ?? 0))),
    sum: Math.max(0, now.sum - before.sum),
  };
}

/**
 * Adds histograms of the same boundaries.
 *
 * @param histograms any number of them
 * @param buckets how many buckets there are
 */
export function addBuckets(histograms: Iterable<Buckets>, buckets: number): Buckets {
  const counts = Array.from({ length: buckets }, () => 0);
  let sum = 0;
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.counts.entries()) {
      counts[bucket] = (counts[bucket] ?? 0) + count;
    }
    sum += histogram.sum;
  }
  return { counts, sum };
}

/** How many observations a histogram has. */
export function countOf({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Estimates a quantile, on a straight line within its bucket. Never too low by more than a bucket is
 * wide: what is in the first bucket is told as the first boundary, since nothing says where below it
 * is, and what is beyond the last boundary as that one.
 *
 * @param buckets the histogram, with one observation at least
 * @param boundaries inclusive upper boundaries of all buckets but the last
 * @param share from 0 to 1
 */
export function quantile(
  { counts }: Buckets,
  boundaries: readonly number[],
  share: number,
): number {
  const rank = share * counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count === 0 || below + count < rank) {
      below += count;
      continue;
    }
    const upper = boundaries[bucket] ?? boundaries.at(-1) ?? NaN;
    const lower = bucket === 0 ? upper : (boundaries[bucket - 1] ?? upper);
    return lower + (upper - lower) * ((rank - below) / count);
  }
  return boundaries.at(-1) ?? NaN;
}
