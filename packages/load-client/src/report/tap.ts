import { describeOutcome } from './condition-text.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

/** A description must not begin a directive, and is one line. */
const plain = (text: string): string => text.replaceAll('\n', ' ').replaceAll('#', '\\#');

/** Formats the conditions of runs as TAP 14: a test point a condition. */
export function formatTap(reported: ReportedRuns): string {
  const runs = toRuns(reported);
  const points = runs.flatMap((result, index) =>
    (result.conditions ?? []).map((outcome) => ({
      outcome,
      name: `${runs.length === 1 ? '' : `run ${index + 1}: `}${outcome.condition}`,
    })),
  );
  const lines = points.flatMap(({ outcome, name }, index) => [
    `${outcome.met ? 'ok' : 'not ok'} ${index + 1} - ${plain(name)}`,
    ...(outcome.met
      ? []
      : ['  ---', `  message: ${JSON.stringify(describeOutcome(outcome))}`, '  ...']),
  ]);
  return `${['TAP version 14', `1..${points.length}`, ...lines].join('\n')}\n`;
}
