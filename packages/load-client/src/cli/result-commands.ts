import {
  brokenRatios,
  compareResults,
  doubtsAbout,
  parseRatioThresholds,
} from '../result/compare-results.ts';
import type { LoadResult } from '../result/load-result.ts';
import { mergeRuns } from '../result/merge-results.ts';
import { parseResults } from '../result/parse-result.ts';
import { formatComparison } from '../report/compare-table.ts';
import { formatHtmlReport } from '../report/html-report.ts';
import { formatJson } from '../report/json.ts';
import { formatSummary } from '../report/text-summary.ts';
import { EXIT } from './exit-codes.ts';
import { writeOutput } from './outputs.ts';
import { readInput } from './read-input.ts';

async function readResults(file: string): Promise<readonly LoadResult[]> {
  return parseResults((await readInput(file)).toString(), file);
}

/** Compares two files of results, prints them side by side and returns the exit code. */
export async function compareCommand(
  baselineFile: string,
  candidateFile: string,
  flags: {
    readonly expect?: string;
    readonly anyway?: boolean;
    readonly failIfSaturated?: boolean;
  },
): Promise<number> {
  const thresholds = flags.expect === undefined ? [] : parseRatioThresholds(flags.expect);
  const [baseline, candidate] = [await readResults(baselineFile), await readResults(candidateFile)];
  const { refused, marked } = doubtsAbout(baseline, candidate);
  if (refused.length > 0 && flags.anyway !== true) {
    process.stderr.write(
      `sockpool-load: Cannot compare: ${refused.join('; ')} (--anyway compares and marks them)\n`,
    );
    return EXIT.failed;
  }
  for (const doubt of [...refused, ...marked]) process.stderr.write(`DOUBTFUL: ${doubt}\n`);
  const figures = compareResults(baseline, candidate);
  process.stdout.write(formatComparison(figures, [baseline.length, candidate.length]));
  const broken = brokenRatios(thresholds, figures);
  for (const { text } of broken) process.stderr.write(`BROKEN: ${text}\n`);
  if (flags.failIfSaturated === true && marked.length > 0) return EXIT.saturated;
  return broken.length > 0 ? EXIT.threshold : EXIT.ok;
}

/** Adds the results of several machines, one file each, prints the summaries and returns the exit code. */
export async function mergeCommand(
  files: readonly string[],
  flags: { readonly json?: string; readonly report?: string; readonly clockSkew?: number },
): Promise<number> {
  const machines = await Promise.all(files.map(readResults));
  const merged = mergeRuns(machines, { clockSkewMs: flags.clockSkew });
  if (flags.json !== '-') process.stdout.write(merged.map(formatSummary).join('\n'));
  const json = formatJson(merged);
  if (flags.json === '-') process.stdout.write(json);
  else if (flags.json !== undefined) await writeOutput('json', flags.json, json);
  if (flags.report !== undefined) {
    await writeOutput('report', flags.report, formatHtmlReport(merged));
  }
  return EXIT.ok;
}
