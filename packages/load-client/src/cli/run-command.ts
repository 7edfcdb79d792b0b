import { writeFile } from 'node:fs/promises';
import { sumErrorCounts } from '../error-class.ts';
import type { LoadOptions } from '../load-options.ts';
import type { LoadResult } from '../load-result.ts';
import { formatCsv } from '../report/csv.ts';
import { formatHdrLog } from '../report/hdr-log.ts';
import { formatHtmlReport } from '../report/html-report.ts';
import { LiveView } from '../report/live-view.ts';
import { formatSummary } from '../report/text-summary.ts';
import { formatJson } from '../report/json.ts';
import { runLoad } from '../run-load.ts';
import { checkThresholds, judgesErrors, parseThresholds, type Threshold } from '../thresholds.ts';
import { EXIT } from './exit-codes.ts';
import { toLoadOptions, type RunFlags } from './run-flags.ts';

function plannedSeconds({ durationMs, stages }: LoadOptions): number | null {
  const totalMs = stages?.reduce((sum, stage) => sum + stage.durationMs, 0) ?? durationMs;
  return totalMs === undefined ? null : totalMs / 1000;
}

function plannedRequests(options: LoadOptions): number | null {
  if (options.totalRequests !== undefined) return options.totalRequests;
  return options.requests === undefined ? null : options.requests * (options.connections ?? 1);
}

async function runOnce(options: LoadOptions, quiet: boolean): Promise<LoadResult> {
  const view = new LiveView(process.stderr, {
    seconds: plannedSeconds(options),
    requests: plannedRequests(options),
  });
  const run = runLoad(options);
  if (!quiet) {
    for await (const progress of run) {
      // What is left at the end can be a second in which nothing happened.
      if (progress.sent + progress.right + progress.errors > 0) view.update(progress);
    }
  }
  view.clear();
  return run;
}

/** Prints the outcome of each threshold and returns whether all were met. */
function reportThresholds(thresholds: readonly Threshold[], result: LoadResult): boolean {
  const outcomes = checkThresholds(thresholds, result);
  for (const { threshold, actual, met } of outcomes) {
    const figure = Number.isFinite(actual) ? Number(actual.toPrecision(4)) : 'no reply';
    process.stderr.write(`${met ? 'met' : 'BROKEN'}: ${threshold.text} (is ${figure})\n`);
  }
  return outcomes.every(({ met }) => met);
}

/** A run without a planned end has to send everything that it was asked to. */
function isIncomplete({ requests, settings }: LoadResult): boolean {
  return requests.unsent > 0 && settings.durationMs === null;
}

function exitCodeOf(result: LoadResult, flags: RunFlags, thresholds: readonly Threshold[]): number {
  const thresholdsMet = reportThresholds(thresholds, result);
  if (result.aborted) return EXIT.interrupted;
  // The other figures of a saturated client say little about the server.
  if (flags.failIfSaturated === true && result.client.saturated) return EXIT.saturated;
  if (!thresholdsMet) return EXIT.threshold;
  const { right, unanswered } = result.requests;
  const wrong = sumErrorCounts(result.errors) + unanswered > 0;
  if (right === 0 || isIncomplete(result) || (wrong && !judgesErrors(thresholds))) {
    return EXIT.failed;
  }
  return EXIT.ok;
}

async function writeReports(flags: RunFlags, results: readonly LoadResult[]): Promise<void> {
  if (results.length === 0) return;
  const json = formatJson(results);
  if (flags.json === '-') process.stdout.write(json);
  else if (flags.json !== undefined) await writeFile(flags.json, json);
  if (flags.csv !== undefined) await writeFile(flags.csv, formatCsv(results));
  if (flags.hdr !== undefined) await writeFile(flags.hdr, formatHdrLog(results));
  if (flags.report !== undefined) await writeFile(flags.report, formatHtmlReport(results));
}

/**
 * Makes the run (or runs) that the flags ask for, prints the summaries, writes the reports and
 * returns the exit code: the first of the runs' codes that is not 0.
 */
export async function runCommand(flags: RunFlags): Promise<number> {
  const thresholds = flags.expect === undefined ? [] : parseThresholds(flags.expect);
  const options = await toLoadOptions(flags);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const results: LoadResult[] = [];
  let exitCode: number = EXIT.ok;
  try {
    for (let round = 0; round < flags.repeat && !stop.signal.aborted; round += 1) {
      const result = await runOnce({ ...options, signal: stop.signal }, flags.quiet === true);
      results.push(result);
      // With the result itself on standard output, the summary is for the reader at the terminal.
      const output = flags.json === '-' ? process.stderr : process.stdout;
      output.write(formatSummary(result));
      const code = exitCodeOf(result, flags, thresholds);
      if (exitCode === EXIT.ok) exitCode = code;
    }
    await writeReports(flags, results);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  return exitCode;
}
