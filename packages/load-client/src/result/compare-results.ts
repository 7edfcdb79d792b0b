import { errorsOf, type LoadResult } from './load-result.ts';
import { mean, permutationTests } from './permutation-test.ts';
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
  /** Candidate divided by baseline; null when the baseline is 0, or a run has no right reply whose latency it could be. */
  readonly ratio: number | null;
  /** How probable a difference at least this big is if the two did not differ (exact permutation test, two-sided); null with a single run on a side. */
  readonly pValue: number | null;
  /** The same for any of the figures looked at together, so that eight figures don't make chance eight times as likely (max-T); null with a single run on a side. */
  readonly adjustedPValue: number | null;
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
  errors: { unit: '', of: errorsOf },
};

/** Returns a setting as a text; what an older version did not know, its runs did not use. */
function settingOf({ settings }: LoadResult, name: string): string {
  return JSON.stringify(settings[name as keyof typeof settings] ?? null);
}

/** Returns the settings in which runs differ, but for what chance and the machine choose. */
function differingSettings(runs: readonly LoadResult[]): readonly string[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  names.delete('seed');
  names.delete('label');
  return [...names].filter((name) => new Set(runs.map((run) => settingOf(run, name))).size > 1);
}

/** Why a comparison may mean nothing. */
export interface ComparisonDoubts {
  /** Reasons not to compare at all: runs that were stopped, got no right reply, or were asked to do different things. */
  readonly refused: readonly string[];
  /** Reasons to doubt the figures: runs whose client was the bottleneck. */
  readonly marked: readonly string[];
  /** Runs that broke a condition, by themselves. */
  readonly failed: readonly string[];
}

/** Tells why comparing the runs of two sides may mean nothing. */
export function doubtsAbout(
  baseline: readonly LoadResult[],
  candidate: readonly LoadResult[],
): ComparisonDoubts {
  const sides = [
    ['baseline', baseline],
    ['candidate', candidate],
  ] as const;
  const tell = (pick: (run: LoadResult) => boolean, what: string): string[] =>
    sides.flatMap(([side, runs]) => {
      const found = runs.filter(pick).length;
      return found === 0 ? [] : [`${found} of ${runs.length} runs of the ${side} ${what}`];
    });
  const differing = differingSettings([...baseline, ...candidate]);
  return {
    refused: [
      ...tell(({ aborted }) => aborted, 'were stopped before their end'),
      ...tell(({ requests }) => requests.right === 0, 'got no right reply'),
      ...(differing.length === 0
        ? []
        : [`the runs were asked to do different things (settings: ${differing.join(', ')})`]),
    ],
    marked: tell(({ client }) => client.saturated, 'had the client itself as the bottleneck'),
    failed: tell(({ conditions = [] }) => conditions.some(({ met }) => !met), 'broke a condition'),
  };
}

/**
 * Compares the runs of a candidate with those of a baseline.
 *
 * With two or more runs on each side every figure gets p-values, see {@link permutationTests}. They
 * presume that the runs are independent and, but for what is compared, made alike: alternate the
 * sides, so that a machine that gets slower or faster meanwhile hits both.
 *
 * @throws {TypeError} when a side has no run, or the models differ
 * @throws {RangeError} when there are more than about 8 runs on each side
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
  const metrics = Object.keys(FIGURES) as ComparedMetric[];
  const samples = metrics.map((metric) => {
    const { of } = FIGURES[metric];
    return { a: baseline.map(of), b: candidate.map(of) };
  });
  const replied = [...baseline, ...candidate].every(({ latency }) => latency.count > 0);
  const repeated = baseline.length > 1 && candidate.length > 1;
  const outcomes = repeated ? permutationTests(samples) : [];
  return metrics.map((metric, index) => {
    const { a = [], b = [] } = samples[index] ?? {};
    const [before, after] = [mean(a), mean(b)];
    const { unit } = FIGURES[metric];
    return {
      metric,
      unit,
      baseline: before,
      candidate: after,
      // A latency that some run has not says nothing about the others.
      ratio: before === 0 || (unit === 'ms' && !replied) ? null : after / before,
      pValue: outcomes[index]?.pValue ?? null,
      adjustedPValue: outcomes[index]?.adjustedPValue ?? null,
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
 * @throws {TypeError} when one can't be understood
 */
export function parseRatioThresholds(text: string): readonly RatioThreshold[] {
  return text.split(',').map((part) => {
    const match = /^([a-z0-9.]+)(<=|>=|<|>)(\d+(?:\.\d+)?)x$/.exec(part.trim());
    const metric = (Object.keys(FIGURES) as ComparedMetric[]).find((name) => name === match?.[1]);
    if (match === null || metric === undefined) {
      throw new TypeError(
        `Cannot read the threshold '${part.trim()}': write such as 'p99<1.1x', with one of ${Object.keys(FIGURES).join(', ')}`,
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

/** Returns the conditions that the comparison breaks: so does one on a figure that has no ratio, but for errors where there are none on either side. */
export function brokenRatios(
  thresholds: readonly RatioThreshold[],
  figures: readonly ComparedFigure[],
): readonly RatioThreshold[] {
  return thresholds.filter(({ metric, operator, bound }) => {
    const figure = figures.find((each) => each.metric === metric);
    if (figure === undefined) return true;
    // No errors on either side are as many; a rate or a latency that is not there is none.
    if (figure.ratio === null && metric !== 'errors') return true;
    const ratio = figure.ratio ?? (figure.candidate === 0 ? 1 : Number.POSITIVE_INFINITY);
    return !compareFigure(ratio, operator, bound);
  });
}
