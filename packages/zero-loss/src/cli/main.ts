import { open, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { formatHtmlReport, formatJunit, formatTap } from '@sockpool/load-client';
import { observeServer } from '../check-zero-loss.ts';
import { formatZeroLossReport } from '../format-report.ts';
import { toLoadResults } from '../report-conditions.ts';
import { resolveZeroLossOptions } from '../zero-loss-options.ts';
import type { ZeroLossReport } from '../zero-loss-report.ts';
import { type Command, readCommand, USAGE } from './flags.ts';

const FORMATS: Readonly<Record<keyof Command['outputs'], (report: ZeroLossReport) => string>> = {
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  junit: (report) => formatJunit(toLoadResults(report)),
  tap: (report) => formatTap(toLoadResults(report)),
  report: (report) => formatHtmlReport(toLoadResults(report)),
};

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

function complain(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`zero-loss: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

/** Whether an error is about the arguments. */
function isUsage(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** Runs the command line and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('A signal stopped the check before its end'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let unwritten: Error | undefined;
  // Whoever reads no further, such as `head`, has seen enough.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') unwritten ??= error;
  };
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', onOutputError);
  try {
    const command = readCommand(args, stop.signal);
    if (command === 'help') process.stdout.write(USAGE);
    else if (command === 'version') {
      const manifest = createRequire(import.meta.url)('../../package.json') as { version: string };
      process.stdout.write(`${manifest.version}\n`);
    }
    const code = typeof command === 'object' ? await check(command) : EXIT.ok;
    // An error of a stream comes in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
    if (unwritten === undefined) return code;
    throw new Error(`Cannot write to standard output: ${unwritten.message}`, { cause: unwritten });
  } catch (error) {
    complain(error);
    if (stop.signal.aborted) return EXIT.interrupted;
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function unwritable(name: string, file: string, cause: unknown): Error {
  // The system names the file once more at the end.
  const reason = (cause as Error).message.replace(/, \w+ '.*'$/s, '');
  return new Error(`Cannot write --${name} to '${file}': ${reason}`, { cause });
}

async function opened(name: string, file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    throw unwritable(name, file, error);
  }
}

async function check({ options, outputs }: Command): Promise<number> {
  const names = (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).filter(
    (name) => outputs[name] !== undefined,
  );
  const onStdout = names.filter((name) => outputs[name] === '-');
  if (onStdout.length > 1)
    throw new TypeError(
      `Cannot write --${onStdout.join(' and --')} to standard output: only one output can be '-'`,
    );
  const resolved = resolveZeroLossOptions(options);
  // A file that can't be written to is found out before the check.
  for (const name of names) {
    const file = outputs[name];
    if (file !== undefined && file !== '-') await opened(name, file);
  }
  const { report, failure } = await observeServer(resolved);
  const summary = onStdout.length > 0 ? process.stderr : process.stdout;
  summary.write(`${formatZeroLossReport(report)}\n`);
  for (const name of names) {
    const file = outputs[name];
    const text = FORMATS[name](report);
    if (file === '-') process.stdout.write(text);
    else if (file !== undefined) {
      try {
        await writeFile(file, text);
      } catch (error) {
        throw unwritable(name, file, error);
      }
    }
  }
  if (failure !== undefined) complain(failure);
  return report.ok ? EXIT.ok : EXIT.failed;
}
