import { open, writeFile } from 'node:fs/promises';
import type { LoadResult } from '../result/load-result.ts';
import { formatCsv } from '../report/csv.ts';
import { formatHdrLog } from '../report/hdr-log.ts';
import { formatHtmlReport } from '../report/html-report.ts';
import { formatJson } from '../report/json.ts';
import { formatJunit } from '../report/junit.ts';
import { formatTap } from '../report/tap.ts';
import { fileError } from './file-error.ts';
import type { RunFlags } from './run-flags.ts';

/** The flags that name a file. */
export type OutputFlags = Pick<RunFlags, 'json' | 'csv' | 'hdr' | 'report' | 'junit' | 'tap'>;

/** What is written there. */
const FORMATS: Readonly<Record<keyof OutputFlags, (runs: readonly LoadResult[]) => string>> = {
  json: formatJson,
  csv: formatCsv,
  hdr: formatHdrLog,
  report: formatHtmlReport,
  junit: formatJunit,
  tap: formatTap,
};

/**
 * Writes what a flag asks for to its file.
 *
 * @throws {Error} that names both and says why
 */
async function writeOutput(name: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw fileError(`write --${name} to '${file}'`, error);
  }
}

/** Where results are written to; every file could be opened. */
export interface Outputs {
  /** Whether one of them is standard output, named `-`. */
  readonly useStdout: boolean;
  /**
   * Writes all of them; without a run none.
   *
   * @throws {Error} that names those that can't be written, when all others are
   */
  write(runs: readonly LoadResult[]): Promise<void>;
}

/**
 * Opens every file that a run is to write, before the run: a name that can't be written to is found
 * out now, and not after an hour.
 *
 * @throws {TypeError} when two outputs are standard output
 * @throws {Error} that names the file that can't be opened, and says why
 */
export async function openOutputs(flags: OutputFlags): Promise<Outputs> {
  const names = (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).filter(
    (name) => flags[name] !== undefined,
  );
  const onStdout = names.filter((name) => flags[name] === '-');
  if (onStdout.length > 1) {
    throw new TypeError(
      `Cannot write --${onStdout.join(' and --')} to standard output: only one output can be '-'`,
    );
  }
  for (const name of names) {
    const file = flags[name];
    // What is there stays until there is something new.
    if (file === undefined || file === '-') continue;
    try {
      await (await open(file, 'a')).close();
    } catch (error) {
      throw fileError(`write --${name} to '${file}'`, error);
    }
  }
  return {
    useStdout: onStdout.length > 0,
    write: async (runs) => {
      if (runs.length === 0) return;
      // One that can't be written takes none of the others with it.
      const failures: unknown[] = [];
      for (const name of names) {
        const file = flags[name] ?? '-';
        const text = FORMATS[name](runs);
        if (file === '-') process.stdout.write(text);
        else await writeOutput(name, file, text).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) {
        throw new Error(failures.map((error) => (error as Error).message).join('; '), {
          cause: failures[0],
        });
      }
    },
  };
}
