import { ERROR_CLASSES } from '../measure/error-class.ts';
import { countsOf, type LatencySummary } from '../measure/latency-summary.ts';
import { valueAtPercentile } from '../measure/latency-counts.ts';
import type { SessionStepResult } from '../session/session-result.ts';
import { errorsOf, type LoadResult } from './load-result.ts';

/** A condition on one figure of a result, such as `p99<5ms`. */
export interface Threshold {
  /** The condition as it was written. */
  readonly text: string;
  readonly metric: string;
  /** The step of a session that it is about; null for the whole run. */
  readonly step: string | null;
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
const TIME_METRIC =
  /^(?:(?:connect|first-byte|session)-)?(?:p(?:100|\d{1,2}(?:\.\d+)?)|mean|max|min)$/;
const COUNT_METRICS: ReadonlySet<string> = new Set([
  'errors',
  'error-rate',
  'unsent',
  'unanswered',
  'right',
  'throughput',
  'connections',
  'sessions',
  'sessions-failed',
]);

/** What there is of a single step, beside times. */
const STEP_METRICS: ReadonlySet<string> = new Set(['right', 'errors', 'error-rate']);

function fail(text: string, reason: string): never {
  throw new TypeError(`Cannot read the threshold '${text}': ${reason}`);
}

function parseThreshold(text: string): Threshold {
  const match =
    /^([a-zA-Z0-9.-]+)(?:\[([^[\]]+)\])?(<=|>=|<|>|=)(\d+(?:\.\d+)?)(us|µs|ms|s|%|)$/.exec(text);
  const [, metric = '', step, operator = '', number = '', unit = ''] = match ?? [];
  const isTime = TIME_METRIC.test(metric);
  const known = isTime || COUNT_METRICS.has(metric) || ERROR_CLASSES.some((c) => c === metric);
  if (match === null || !known) {
    fail(
      text,
      `write such as 'p99<5ms', 'connect-p50<1ms', 'errors=0', ` +
        `'error-rate<1%', 'throughput>1000', 'unsent=0', 'connections=20', 'sessions>100', 'p99[step]<5ms' or an error class such as 'reset=0'`,
    );
  }
  if (step !== undefined && (isTime ? metric.includes('-') : !STEP_METRICS.has(metric))) {
    fail(
      text,
      `a step has times such as 'p99[${step}]<5ms', 'right', 'errors' and 'error-rate' only`,
    );
  }
  if (isTime !== unit in UNITS) {
    fail(text, `${metric} ${isTime ? 'needs a unit (us, ms or s)' : 'takes no unit of time'}`);
  }
  const isShare = metric === 'error-rate';
  if (unit === '%' && !isShare) fail(text, `${metric} is no share, and takes no %`);
  const share = Number(number) * (unit === '%' ? 0.01 : 1);
  if (isShare && (share > 1 || (share === 1 && unit === ''))) {
    fail(text, `${metric} is a share: write such as '${metric}<1%'`);
  }
  const factor = unit === '%' ? 0.01 : (UNITS[unit] ?? 1);
  return {
    text,
    metric,
    step: step ?? null,
    operator: operator as Threshold['operator'],
    bound: Number(number) * factor,
  };
}

/**
 * Parses thresholds, separated by commas.
 *
 * @throws {TypeError} when one can't be understood
 */
export function parseThresholds(text: string): readonly Threshold[] {
  return text.split(',').map((part) => parseThreshold(part.trim()));
}

/** Returns a time of a histogram in milliseconds; without any reply no time is good enough. */
function timeOf(name: string, latency: LatencySummary): number {
  if (latency.count === 0) return Number.POSITIVE_INFINITY;
  if (name === 'mean') return latency.meanMs;
  if (name === 'max') return latency.maxMs;
  if (name === 'min') return latency.minMs;
  return valueAtPercentile(countsOf(latency), Number(name.slice(1))) / 1e6;
}

/**
 * Refuses thresholds about steps that a session has not, and about sessions where there are none.
 *
 * @param names the names of the steps of the session; none without one
 * @throws {TypeError} when there is no such step, or no session
 */
export function checkSteps(thresholds: readonly Threshold[], names: readonly string[]): void {
  const ofSessions = thresholds.find(({ metric }) => /^sessions?\b/.test(metric));
  if (ofSessions !== undefined && names.length === 0) {
    throw new TypeError(
      `Cannot hold the run against '${ofSessions.text}': it has no sessions; give their steps`,
    );
  }
  const unknown = thresholds.find(({ step }) => step !== null && !names.includes(step));
  if (unknown !== undefined) {
    const known =
      names.length === 0 ? 'there are none' : names.map((each) => `'${each}'`).join(', ');
    throw new TypeError(
      `Cannot hold the run against '${unknown.text}': '${unknown.step}' is no step; ${known}`,
    );
  }
}

/** Returns the figure of one step; times in milliseconds. */
function stepFigureOf(metric: string, step: SessionStepResult): number {
  const errors = step.failed + step.unanswered;
  if (metric === 'right') return step.right;
  if (metric === 'errors') return errors;
  if (metric === 'error-rate') return errors === 0 ? 0 : errors / (errors + step.right);
  return timeOf(metric, step.latency);
}

/** Returns the figure that a threshold is about; times in milliseconds. */
function figureOf({ metric, step }: Threshold, result: LoadResult): number {
  if (step !== null) {
    const found = result.sessions?.steps.find(({ name }) => name === step);
    return found === undefined ? Number.NaN : stepFigureOf(metric, found);
  }
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
    case 'sessions':
      return result.sessions?.completed ?? 0;
    case 'sessions-failed':
      return (result.sessions?.failed ?? 0) + (result.sessions?.cut ?? 0);
    default:
      break;
  }
  const [, of = '', name = metric] = /^(connect|first-byte|session)-(.*)$/.exec(metric) ?? [];
  if (of === 'session') {
    const { sessions } = result;
    return sessions ? timeOf(name, sessions.duration) : Number.POSITIVE_INFINITY;
  }
  const latencies = { connect: result.connectTime, 'first-byte': result.firstByte };
  return timeOf(name, latencies[of as keyof typeof latencies] ?? result.latency);
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
    const actual = figureOf(threshold, result);
    return { threshold, actual, met: compareFigure(actual, threshold.operator, threshold.bound) };
  });
}
