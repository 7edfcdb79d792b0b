/** More ways to divide the runs than this take too long to look at. */
const MAX_DIVISIONS = 20_000;

/** The values of one figure in the runs of two sides. */
export interface Sample {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** How probable differences at least as big as the observed one are by chance alone. */
export interface PermutationOutcome {
  /** For this figure looked at alone. */
  readonly pValue: number;
  /** For any of the figures that were looked at together. */
  readonly adjustedPValue: number;
}

/** Returns the arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function countDivisions(total: number, chosen: number): number {
  let count = 1;
  for (let index = 1; index <= chosen; index += 1) count *= (total - chosen + index) / index;
  return Math.round(count);
}

/** Calls `visit` with every choice of `chosen` positions out of `total`. */
function forEachDivision(
  total: number,
  chosen: number,
  visit: (positions: readonly number[]) => void,
): void {
  const positions: number[] = [];
  const choose = (from: number): void => {
    if (positions.length === chosen) {
      visit(positions);
      return;
    }
    for (let index = from; index <= total - (chosen - positions.length); index += 1) {
      positions.push(index);
      choose(index + 1);
      positions.pop();
    }
  };
  choose(0);
}

/** A figure with everything that no division changes. */
interface PreparedSample {
  readonly values: readonly number[];
  readonly total: number;
  /** The standard deviation of all values together, by which figures of different units compare. */
  readonly spread: number;
}

function prepare({ a, b }: Sample): PreparedSample {
  const values = [...a, ...b];
  const middle = mean(values);
  return {
    values,
    total: values.reduce((sum, value) => sum + value, 0),
    spread: Math.sqrt(mean(values.map((value) => (value - middle) ** 2))),
  };
}

/**
 * Tests several figures of the same runs for a difference of their means, two-sided.
 *
 * It is the exact permutation test (R. A. Fisher, 1935; M. D. Ernst, "Permutation Methods: A Basis
 * for Exact Inference", Statistical Science 19(4), 2004): if the two sides did not differ, each way
 * to divide the runs into two sides would be as probable as the observed one, so the p-value is the
 * share of divisions that differ at least as much. It needs no normal distribution. Since each
 * further figure is one more chance to be wrong, the adjusted p-values are those of the single-step
 * max-T procedure (P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", 1993): the share
 * of divisions in which any figure differs, in units of its spread, at least as much as this one.
 *
 * @throws {RangeError} when there are too many values for an exact test
 */
export function permutationTests(samples: readonly Sample[]): readonly PermutationOutcome[] {
  const [first] = samples;
  if (first === undefined) return [];
  const [before, after] = [first.a.length, first.b.length];
  const divisions = countDivisions(before + after, before);
  if (divisions > MAX_DIVISIONS) {
    throw new RangeError(`Cannot compare ${before} with ${after} runs: use up to 8 each`);
  }
  const prepared = samples.map(prepare);
  const difference = (
    { values, total, spread }: PreparedSample,
    chosen: readonly number[],
  ): number => {
    if (spread === 0) return 0;
    const sum = chosen.reduce((part, position) => part + (values[position] ?? 0), 0);
    return Math.abs(sum / before - (total - sum) / after) / spread;
  };
  const asObserved = Array.from({ length: before }, (_, position) => position);
  // Rounding must not hide that a division is as extreme as the observed one.
  const observed = prepared.map((sample) => difference(sample, asObserved) * (1 - 1e-9) - 1e-12);
  const alone = samples.map(() => 0);
  const together = samples.map(() => 0);
  forEachDivision(before + after, before, (chosen) => {
    const differences = prepared.map((sample) => difference(sample, chosen));
    const largest = Math.max(...differences);
    for (const [index, threshold] of observed.entries()) {
      if ((differences[index] ?? 0) >= threshold) alone[index] = (alone[index] ?? 0) + 1;
      if (largest >= threshold) together[index] = (together[index] ?? 0) + 1;
    }
  });
  return samples.map((_, index) => ({
    pValue: (alone[index] ?? 0) / divisions,
    adjustedPValue: (together[index] ?? 0) / divisions,
  }));
}
