import type { LoadResult } from '../result/load-result.ts';
import { escapeHtml } from './svg-plot.ts';
import { describeOutcome } from './condition-text.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

/** Characters that XML 1.0 doesn't know, not even escaped. */
const NO_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const attribute = (text: string): string => escapeHtml(text.replaceAll(NO_XML, '?'));

function suite(result: LoadResult, name: string): string {
  const outcomes = result.conditions ?? [];
  const failures = outcomes.filter(({ met }) => !met).length;
  const seconds = (result.durationMs / 1000).toFixed(3);
  const cases = outcomes.map((outcome) => {
    const start = `    <testcase classname="${attribute(name)}" name="${attribute(outcome.condition)}"`;
    if (outcome.met) return `${start}/>`;
    const message = attribute(describeOutcome(outcome));
    return `${start}><failure message="${message}"/></testcase>`;
  });
  return [
    `  <testsuite name="${attribute(name)}" tests="${outcomes.length}" failures="${failures}" errors="0" skipped="0" time="${seconds}" timestamp="${new Date(result.startedAtMs).toISOString()}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

/** Formats the conditions of runs as JUnit XML: a test suite a run, a test case a condition. */
export function formatJunit(reported: ReportedRuns): string {
  const runs = toRuns(reported);
  const suites = runs.map((result, index) =>
    suite(result, `sockpool-load ${result.target}${runs.length === 1 ? '' : ` run ${index + 1}`}`),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}
