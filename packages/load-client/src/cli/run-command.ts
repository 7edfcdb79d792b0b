import type { LoadOptions } from '../options/load-options.ts';
import type { LoadResult } from '../result/load-result.ts';
import { adviseOn } from '../report/advice.ts';
import { LiveView } from '../report/live-view.ts';
import { formatSummary } from '../report/text-summary.ts';
import { runLoad } from '../run-load.ts';
import { resolveLoadOptions } from '../options/resolve-load-options.ts';
import { checkSteps, parseThresholds } from '../result/thresholds.ts';
import { judgeRun } from '../result/verdict.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, printConditions } from './judged-run.ts';
import { adviseInFirstSeconds } from './first-seconds.ts';
import { openOutputs } from './outputs.ts';
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
  const seconds = plannedSeconds(options);
  const view = new LiveView(process.stderr, {
    seconds,
    requests: plannedRequests(options),
  });
  const run = runLoad(options);
  let advised = false;
  if (!quiet) {
    for await (const progress of run) {
      // What is left at the end can be a second in which nothing happened.
      const active = progress.sent + progress.right + progress.errors > 0;
      if (active || progress.second < (seconds ?? 0)) view.update(progress);
      const advice = adviseInFirstSeconds(progress, options);
      if (advice === undefined) continue;
      view.note(`sockpool-load: ${advice}`);
      advised = true;
    }
  }
  view.clear();
  const result = await run;
  if (!advised && result.requests.right === 0) {
    const { errors, errorReasons, requests, opened } = result;
    const seen = { sent: requests.sent, connections: opened, errors, errorReasons };
    view.note(`sockpool-load: ${adviseOn(seen, options)}`);
  }
  return result;
}

/**
 * Makes the run (or runs) that the flags ask for, prints the summaries, writes the reports and
 * returns the exit code: the first of the runs' codes that is not 0.
 */
export async function runCommand(flags: RunFlags): Promise<number> {
  const thresholds = flags.expect === undefined ? [] : parseThresholds(flags.expect);
  const options = await toLoadOptions(flags);
  checkSteps(thresholds, resolveLoadOptions(options).session?.steps.map(({ name }) => name) ?? []);
  const outputs = await openOutputs(flags);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const results: LoadResult[] = [];
  let exitCode: number = EXIT.ok;
  try {
    for (let round = 0; round < flags.repeat && !stop.signal.aborted; round += 1) {
      const measured = await runOnce({ ...options, signal: stop.signal }, flags.quiet === true);
      const result = { ...measured, conditions: judgeRun(measured, thresholds, flags) };
      results.push(result);
      // With a result itself on standard output, the summary is for the reader at the terminal.
      const output = outputs.useStdout ? process.stderr : process.stdout;
      output.write(formatSummary(result));
      printConditions(result);
      const code = result.aborted ? EXIT.interrupted : exitCodeOf(result, flags);
      if (exitCode === EXIT.ok) exitCode = code;
    }
    await outputs.write(results);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  return exitCode;
}
