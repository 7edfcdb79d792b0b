import {
  brokenRatios,
  compareResults,
  doubtsAbout,
  parseRatioThresholds,
} from '../result/compare-results.ts';
import type { LoadResult } from '../result/load-result.ts';
import { mergeRuns } from '../result/merge-results.ts';
import { parseResults } from '../result/parse-result.ts';
import { checkSteps, parseThresholds } from '../result/thresholds.ts';
import { judgeRun } from '../result/verdict.ts';
import { formatComparison } from '../report/compare-table.ts';
import { formatSummary } from '../report/text-summary.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, printConditions } from './judged-run.ts';
import { openOutputs, type OutputFlags } from './outputs.ts';
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
  const { refused, marked, failed } = doubtsAbout(baseline, candidate);
  if (refused.length > 0 && flags.anyway !== true) {
    process.stderr.write(
      `sockpool-load: Cannot compare: ${refused.join('; ')} (--anyway compares and marks them)\n`,
    );
    return EXIT.failed;
  }
  for (const doubt of [...refused, ...marked, ...failed])
    process.stderr.write(`DOUBTFUL: ${doubt}\n`);
  const figures = compareResults(baseline, candidate);
  process.stdout.write(formatComparison(figures, [baseline.length, candidate.length]));
  const broken = brokenRatios(thresholds, figures);
  for (const { text } of broken) process.stderr.write(`BROKEN: ${text}\n`);
  if (flags.failIfSaturated === true && marked.length > 0) return EXIT.saturated;
  return broken.length > 0 ? EXIT.threshold : EXIT.ok;
}

/** The options of `sockpool-load merge`. */
export interface MergeFlags extends OutputFlags {
  readonly clockSkew?: number;
  readonly expect?: string;
  readonly failIfSaturated?: boolean;
}

/**
 * Adds the results of several machines, one file each, holds the sum against conditions as a run is,
 * prints the summaries and returns the exit code.
 */
export async function mergeCommand(files: readonly string[], flags: MergeFlags): Promise<number> {
  const thresholds = flags.expect === undefined ? [] : parseThresholds(flags.expect);
  const machines = await Promise.all(files.map(readResults));
  const merged = mergeRuns(machines, { clockSkewMs: flags.clockSkew });
  const steps = merged.flatMap(({ sessions }) => sessions?.steps.map(({ name }) => name) ?? []);
  checkSteps(thresholds, steps);
  const outputs = await openOutputs(flags);
  const judged: LoadResult[] = [];
  const output = outputs.useStdout ? process.stderr : process.stdout;
  let exitCode: number = EXIT.ok;
  for (const added of merged) {
    const sum = { ...added, conditions: judgeRun(added, thresholds, flags) };
    judged.push(sum);
    output.write(formatSummary(sum));
    printConditions(sum);
    if (exitCode === EXIT.ok) exitCode = exitCodeOf(sum, flags);
  }
  await outputs.write(judged);
  return exitCode;
}
