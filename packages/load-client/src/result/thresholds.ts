import { ERROR_CLASSES } from '../measure/error-class.ts';
import { countsOf } from '../measure/latency-summary.ts';
import { valueAtPercentile } from '../measure/latency-counts.ts';
import { errorsOf, type LoadResult } from './load-result.ts';

/** A condition on one figure of a result, such as `p99<5ms`. */
export interface Threshold {
  /** The condition as it was written. */
  readonly text: string;
  readonly metric: string;
  readonly operator: '<' | '<=' | '>' | '>=' | '=';
  /** The bound: milliseconds for times, otherwise a plain number (0.01 for `1%`). */
  readonly bound: number;
}

/** A threshold with the figure that it was held against. */
export interface ThresholdOutcome {
  readonly threshold: Threshold;
  /** The figure, in the unit of the bound. */
  readonly actual: number;
  readonly met: boolean;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000 };
const TIME_METRIC = /^(?:(?:connect|first-byte)-)?(?:p(?:100|\d{1,2}(?:\.\d+)?)|mean|max|min)$/;
const COUNT_METRICS: ReadonlySet<string> = new Set([
  'errors',
  'error-rate',
  'unsent',
  'unanswered',
  'right',
  'throughput',
  'connections',
]);

function parseThreshold(text: string): Threshold {
  const match = /^([a-zA-Z0-9.-]+)(<=|>=|<|>|=)(\d+(?:\.\d+)?)(us|µs|ms|s|%|)$/.exec(text);
  const [, metric = '', operator = '', number = '', unit = ''] = match ?? [];
  const isTime = TIME_METRIC.test(metric);
  const known = isTime || COUNT_METRICS.has(metric) || ERROR_CLASSES.some((c) => c === metric);
  if (match === null || !known) {
    throw new TypeError(
      `Cannot read the threshold '${text}': expected such as 'p99<5ms', 'connect-p50<1ms', 'errors=0', ` +
        `'error-rate<1%', 'throughput>1000', 'unsent=0', 'connections=20' or an error class such as 'reset=0'`,
    );
  }
  if (isTime !== unit in UNITS) {
    throw new TypeError(
      `Cannot read the threshold '${text}': ${metric} ${isTime ? 'needs a unit (us, ms or s)' : 'takes no unit of time'}`,
    );
  }
  const factor = unit === '%' ? 0.01 : (UNITS[unit] ?? 1);
  return {
    text,
    metric,
    operator: operator as Threshold['operator'],
    bound: Number(number) * factor,
  };
}

/**
 * Parses thresholds, separated by commas.
 *
 * @throws {TypeError} when one can't be understood.
 */
export function parseThresholds(text: string): readonly Threshold[] {
  return text.split(',').map((part) => parseThreshold(part.trim()));
}

/** Returns the figure that a threshold is about; times in milliseconds. */
function figureOf(metric: string, result: LoadResult): number {
  const errorClass = ERROR_CLASSES.find((candidate) => candidate === metric);
  if (errorClass !== undefined) return result.errors[errorClass];
  const { requests } = result;
  const errors = errorsOf(result);
  switch (metric) {
    case 'errors':
      return errors;
    case 'error-rate':
      return errors + requests.right === 0 ? 0 : errors / (errors + requests.right);
    case 'unsent':
    case 'unanswered':
    case 'right':
      return requests[metric];
    case 'throughput':
      return result.throughput;
    case 'connections':
      return result.connections.worked;
    default:
      break;
  }
  const latency = metric.startsWith('connect-')
    ? result.connectTime
    : metric.startsWith('first-byte-')
      ? result.firstByte
      : result.latency;
  // Without any reply no time is good enough.
  if (latency.count === 0) return Number.POSITIVE_INFINITY;
  const name = metric.replace(/^(connect|first-byte)-/, '');
  if (name === 'mean') return latency.meanMs;
  if (name === 'max') return latency.maxMs;
  if (name === 'min') return latency.minMs;
  return valueAtPercentile(countsOf(latency), Number(name.slice(1))) / 1e6;
}

/** Compares a figure with a bound. */
export function compareFigure(
  actual: number,
  operator: Threshold['operator'],
  bound: number,
): boolean {
  switch (operator) {
    case '<':
      return actual < bound;
    case '<=':
      return actual <= bound;
    case '>':
      return actual > bound;
    case '>=':
      return actual >= bound;
    case '=':
      return actual === bound;
  }
}

/** Holds a result against thresholds. */
export function checkThresholds(
  thresholds: readonly Threshold[],
  result: LoadResult,
): readonly ThresholdOutcome[] {
  return thresholds.map((threshold) => {
    const actual = figureOf(threshold.metric, result);
    return { threshold, actual, met: compareFigure(actual, threshold.operator, threshold.bound) };
  });
}
