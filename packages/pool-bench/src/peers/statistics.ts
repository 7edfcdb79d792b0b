/** The middle of some numbers, and how far they spread. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the median (of an even count, the mean of the two in the middle), the least and the greatest. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [upper, lower] = [sorted[sorted.length >> 1], sorted[(sorted.length - 1) >> 1]];
  if (upper === undefined || lower === undefined) return undefined;
  return { median: (upper + lower) / 2, min: sorted[0] ?? upper, max: sorted.at(-1) ?? upper };
}

/** What one peer showed in one round of a workload. */
export interface Measurement {
  readonly peer: string;
  readonly round: number;
  /** By the figures' keys. */
  readonly figures: Readonly<Record<string, number>>;
  /** The share of the machine's CPU time that others had meanwhile. */
  readonly otherLoad: number;
  /** The share of one CPU that the client's busiest thread had: near 1, the client was the bottleneck. */
  readonly clientLoad: number;
}

/** A figure of one peer over the rounds. */
export interface Compared {
  readonly peer: string;
  readonly value: Spread;
  /** The figure beside another peer's in the same round; undefined without it. */
  readonly ratio: Spread | undefined;
  /** The same beside `node:cluster`. */
  readonly besideCluster: Spread | undefined;
}

/** Returns the other load of each round: of its peers, the most disturbed one's. */
export function disturbanceOf(measurements: readonly Measurement[]): Map<number, number> {
  const rounds = new Map<number, number>();
  for (const { round, otherLoad } of measurements) {
    rounds.set(round, Math.max(rounds.get(round) ?? 0, otherLoad));
  }
  return rounds;
}

/** Returns the measurements of as many rounds as were asked for: the least disturbed ones, in their order. */
export function calmest(measurements: readonly Measurement[], rounds: number): Measurement[] {
  const kept = new Set(
    [...disturbanceOf(measurements)]
      .toSorted(([, a], [, b]) => a - b)
      .slice(0, rounds)
      .map(([round]) => round),
  );
  return measurements.filter(({ round }) => kept.has(round));
}

function ratios(
  own: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
): Spread | undefined {
  return spreadOf(
    [...own].flatMap(([round, value]) => {
      const divisor = other.get(round);
      return divisor === undefined || divisor === 0 ? [] : [value / divisor];
    }),
  );
}

/**
 * Compares a figure of all peers. A ratio is taken within each round, where the peers ran one
 * after the other, so that what else the machine did hits both of its sides alike.
 */
export function compareFigure(
  measurements: readonly Measurement[],
  figure: string,
  baseline: string,
): Compared[] {
  const ofPeer = (peer: string): Map<number, number> =>
    new Map(
      measurements
        .filter((each) => each.peer === peer && each.figures[figure] !== undefined)
        .map(({ round, figures }) => [round, figures[figure] ?? Number.NaN]),
    );
  const [base, cluster] = [ofPeer(baseline), ofPeer('cluster')];
  return [...new Set(measurements.map(({ peer }) => peer))].flatMap((peer) => {
    const own = ofPeer(peer);
    const value = spreadOf([...own.values()]);
    if (value === undefined) return [];
    return [{ peer, value, ratio: ratios(own, base), besideCluster: ratios(own, cluster) }];
  });
}
