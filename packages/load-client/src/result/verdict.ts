import { attemptsNote, ERROR_CLASSES } from '../measure/error-class.ts';
import type { ConditionOutcome } from './condition-outcome.ts';
import type { LoadResult } from './load-result.ts';
import { checkThresholds, type Threshold } from './thresholds.ts';

/** Returns the reasons of counted things as a text, the most frequent first. */
export function listReasons(reasons: Readonly<Record<string, number>>): string {
  return Object.entries(reasons)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ');
}

/** What no run may show unless a condition about it says how much is allowed. */
function impliedOutcomes(
  result: LoadResult,
  judged: (...metrics: readonly string[]) => boolean,
): ConditionOutcome[] {
  const { requests, connections, settings } = result;
  const outcomes: ConditionOutcome[] = [];
  const imply = (condition: string, actual: number, met: boolean, detail: string | null): void => {
    outcomes.push({ condition, actual, met, implied: true, detail: met ? null : detail });
  };
  if (result.aborted) imply('the run lasts to its end', 1, false, 'it was stopped before');
  for (const errorClass of ERROR_CLASSES) {
    const count = result.errors[errorClass];
    if (count === 0 || judged('errors', 'error-rate', errorClass)) continue;
    const reasons = listReasons(result.errorReasons[errorClass] ?? {});
    imply(`no ${errorClass}`, count, false, `${reasons}${attemptsNote(errorClass)}`);
  }
  if (!judged('unanswered')) {
    const { unanswered } = requests;
    const detail = `${unanswered} requests had no reply when the run ended`;
    imply('no unanswered requests', unanswered, unanswered === 0, detail);
  }
  if (!judged('connections')) {
    const { gaveUp, unopened, worked, asked, reasons } = connections;
    const detail = `${worked} of ${asked} connections worked: ${listReasons(reasons)}`;
    // A connection may be in both numbers; the reasons count each once.
    const broken = Object.values(reasons).reduce((sum, count) => sum + count, 0);
    imply('every connection opens', broken, gaveUp + unopened === 0, detail);
  }
  if (!judged('right')) {
    imply('some right replies', requests.right, requests.right > 0, 'no right reply came');
  }
  const cut = result.sessions?.cut ?? 0;
  if (!judged('sessions-failed')) {
    const detail = `${cut} sessions ended with their connection, between two steps`;
    if (cut > 0) imply('no session is cut', cut, false, detail);
  }
  // What fell due by a schedule is owed, and so is everything that a run without a planned end is asked for.
  if ((result.model === 'open' || settings.durationMs === null) && !judged('unsent')) {
    const { unsent } = requests;
    imply('every request is sent', unsent, unsent === 0, `${unsent} requests were never sent`);
  }
  return outcomes;
}

/** What else a run is held against. */
export interface JudgeOptions {
  /** Whether it fails when the client was the bottleneck. @default false */
  readonly failIfSaturated?: boolean | undefined;
}

/**
 * Holds a run against conditions, and against what every run must fulfill: it lasts to its end, and
 * an error, an unanswered or unsent request or a connection that never opened breaks it unless a
 * condition about itself allows it.
 */
export function judgeRun(
  result: LoadResult,
  thresholds: readonly Threshold[],
  { failIfSaturated = false }: JudgeOptions = {},
): readonly ConditionOutcome[] {
  // What is said of one step allows nothing else.
  const metrics = new Set(
    thresholds.filter(({ step }) => step === null).map(({ metric }) => metric),
  );
  const judged = (...names: readonly string[]): boolean => names.some((name) => metrics.has(name));
  const asked = checkThresholds(thresholds, result).map(({ threshold, actual, met }) => ({
    condition: threshold.text,
    actual: Number.isFinite(actual) ? actual : null,
    met,
    implied: false,
    detail: null,
  }));
  const { saturated, verdict } = result.client;
  const client = {
    condition: 'the client is not the bottleneck',
    actual: Number(saturated),
    met: !saturated,
    implied: false,
    detail: saturated ? verdict : null,
  };
  return [...asked, ...(failIfSaturated ? [client] : []), ...impliedOutcomes(result, judged)];
}
