import { sumErrorCounts } from './error-class.ts';
import type { LoadResult } from './load-result.ts';
import { compareFigure, type Threshold } from './thresholds.ts';

/** One figure of two sets of runs, side by side. */
export interface ComparedFigure {
  /** The figure's name, as thresholds call it. */
  readonly metric: ComparedMetric;
  /** The unit of both values. */
  readonly unit: string;
  /** The mean over the baseline's runs. */
  readonly baseline: number;
  /** The mean over the candidate's runs. */
  readonly candidate: number;
  /** Candidate divided by baseline; null when the baseline is 0. */
  readonly ratio: number | null;
  /** How probable a difference at least this big is if the two did not differ (exact permutation test, two-sided); null with a single run on a side. */
  readonly pValue: number | null;
}

/** The figures that are compared. */
export type ComparedMetric =
  | 'throughput'
  | 'p50'
  | 'p90'
  | 'p99'
  | 'p99.9'
  | 'max'
  | 'mean'
  | 'errors';

interface Figure {
  readonly unit: string;
  readonly of: (result: LoadResult) => number;
}

const FIGURES: Readonly<Record<ComparedMetric, Figure>> = {
  throughput: { unit: '/s', of: (result) => result.throughput },
  p50: { unit: 'ms', of: (result) => result.latency.p50Ms },
  p90: { unit: 'ms', of: (result) => result.latency.p90Ms },
  p99: { unit: 'ms', of: (result) => result.latency.p99Ms },
  'p99.9': { unit: 'ms', of: (result) => result.latency.p999Ms },
  max: { unit: 'ms', of: (result) => result.latency.maxMs },
  mean: { unit: 'ms', of: (result) => result.latency.meanMs },
  errors: { unit: '', of: (result) => sumErrorCounts(result.errors) },
};

/** More ways to divide the runs than this take too long to look at. */
const MAX_DIVISIONS = 20_000;

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

function countDivisions(total: number, chosen: number): number {
  let count = 1;
  for (let index = 1; index <= chosen; index += 1) count *= (total - chosen + index) / index;
  return Math.round(count);
}

/**
 * Returns the two-sided p-value of a permutation test on the difference of the means: the share of
 * all ways to divide the values into two sets that differ at least as much.
 *
 * @throws {RangeError} when there are too many values for an exact test.
 */
export function permutationTest(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const divisions = countDivisions(all.length, a.length);
  if (divisions > MAX_DIVISIONS) {
    throw new RangeError(`Cannot compare ${a.length} with ${b.length} runs: use up to 8 each`);
  }
  const total = all.reduce((sum, value) => sum + value, 0);
  const observed = Math.abs(mean(a) - mean(b));
  let extreme = 0;
  const choose = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      const difference = Math.abs(sum / a.length - (total - sum) / b.length);
      if (difference >= observed * (1 - 1e-9)) extreme += 1;
      return;
    }
    for (let index = from; index <= all.length - left; index += 1) {
      choose(index + 1, left - 1, sum + (all[index] ?? 0));
    }
  };
  choose(0, a.length, 0);
  return extreme / divisions;
}

/**
 * Compares the runs of a candidate with those of a baseline.
 *
 * @throws {TypeError} when a side has no run, or the models differ.
 */
export function compareResults(
  baseline: readonly LoadResult[],
  candidate: readonly LoadResult[],
): readonly ComparedFigure[] {
  const models = new Set([...baseline, ...candidate].map(({ model }) => model));
  if (baseline.length === 0 || candidate.length === 0) {
    throw new TypeError('Cannot compare without results: give at least one run for each side');
  }
  if (models.size > 1) {
    throw new TypeError(
      'Cannot compare the open with the closed model: their latencies differ in meaning',
    );
  }
  return (Object.keys(FIGURES) as ComparedMetric[]).map((metric) => {
    const { unit, of } = FIGURES[metric];
    const before = baseline.map(of);
    const after = candidate.map(of);
    const repeated = before.length > 1 && after.length > 1;
    return {
      metric,
      unit,
      baseline: mean(before),
      candidate: mean(after),
      ratio: mean(before) === 0 ? null : mean(after) / mean(before),
      pValue: repeated ? permutationTest(before, after) : null,
    };
  });
}

/** A condition on a ratio, such as `p99<1.1x`. */
export type RatioThreshold = Pick<Threshold, 'text' | 'operator' | 'bound'> & {
  readonly metric: ComparedMetric;
};

/**
 * Parses conditions on ratios, separated by commas, such as `p99<1.1x,throughput>0.95x`.
 *
 * @throws {TypeError} when one can't be understood.
 */
export function parseRatioThresholds(text: string): readonly RatioThreshold[] {
  return text.split(',').map((part) => {
    const match = /^([a-z0-9.]+)(<=|>=|<|>)(\d+(?:\.\d+)?)x$/.exec(part.trim());
    const metric = (Object.keys(FIGURES) as ComparedMetric[]).find((name) => name === match?.[1]);
    if (match === null || metric === undefined) {
      throw new TypeError(
        `Cannot read the threshold '${part.trim()}': expected such as 'p99<1.1x' with one of ${Object.keys(FIGURES).join(', ')}`,
      );
    }
    return {
      text: part.trim(),
      metric,
      operator: match[2] as Threshold['operator'],
      bound: Number(match[3]),
    };
  });
}

/** Returns the conditions that the comparison breaks; a ratio to nothing counts as 1 when both are 0. */
export function brokenRatios(
  thresholds: readonly RatioThreshold[],
  figures: readonly ComparedFigure[],
): readonly RatioThreshold[] {
  return thresholds.filter(({ metric, operator, bound }) => {
    const figure = figures.find((each) => each.metric === metric);
    if (figure === undefined) return true;
    const ratio = figure.ratio ?? (figure.candidate === 0 ? 1 : Number.POSITIVE_INFINITY);
    return !compareFigure(ratio, operator, bound);
  });
}
