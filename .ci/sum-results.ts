// Sums the results of all tests, and tells the slowest ten of them and why any failed: a log of a
// whole run is long, and may be kept by its end only. The last line that it prints is
// `N passed, N failed`, followed by `, N skipped` if there are any; the exit code is 1 if anything
// failed.
//
//   node sum-results.ts [--failed-step NAME]... [--failed-test-step NAME]...
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hasNode24, node24Packages, node24Results } from './node-24.ts';
import { readWorkspace, ROOT, type WorkspacePackage } from './workspace-packages.ts';

/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One run of one package's tests. */
export interface TestRun {
  readonly name: string;
  /** The text of its test-results.json; undefined if it left none. */
  readonly report: string | undefined;
}

/** The steps of the gate that failed, by name. */
export interface FailedSteps {
  /** Those that run tests; their failed tests are in the results. */
  readonly test: readonly string[];
  readonly other: readonly string[];
}

/** What is read of the report of vitest's json reporter; the C tests write the same fields. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly success?: boolean;
  readonly testResults?: readonly {
    readonly name?: string;
    readonly status?: string;
    /** Why the file could not be loaded. */
    readonly message?: string;
    readonly assertionResults?: readonly {
      readonly fullName: string;
      readonly duration?: number | null;
      readonly status?: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** A test, and how long it took. */
export interface TimedTest {
  readonly run: string;
  readonly test: string;
  readonly durationMs: number;
}

/** A test that failed, or a file of tests that could not be loaded. */
export interface FailedTest {
  readonly run: string;
  readonly test: string;
  /** The beginning of the error: its message and where it was thrown. */
  readonly why: string;
}

/** So many of the slowest tests are told. */
const SLOWEST = 10;

/** So many lines of an error are told, without those of the test runner. */
const ERROR_LINES = 30;

function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false;
  const { numPassedTests, numFailedTests } = value as Record<string, unknown>;
  return Number.isInteger(numPassedTests) && Number.isInteger(numFailedTests);
}

function parse({ report }: TestRun): Report | undefined {
  try {
    const parsed: unknown = JSON.parse(report ?? '');
    return isReport(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Counts the tests of one run. A run that left no report, or none that can be read, is one failure;
 * so is a run that failed without a failed test, such as one whose test file can't be loaded.
 */
export function countRun(run: TestRun): Counts {
  const parsed = parse(run);
  if (parsed === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests = 0, numTodoTests = 0 } = parsed;
  return {
    passed: numPassedTests,
    failed: parsed.success === false ? Math.max(1, numFailedTests) : numFailedTests,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * Sums runs and failed steps. A failed step that runs no tests is one failure. A failed test step
 * is one only if no run shows a failure, so that no failed step is ever lost.
 */
export function sumRuns(runs: readonly TestRun[], failedSteps: FailedSteps): Counts {
  const counts = runs.map(countRun);
  const sum = (field: keyof Counts): number =>
    counts.reduce((total, count) => total + count[field], 0);
  const failed = sum('failed');
  const lost = failed === 0 ? failedSteps.test.length : 0;
  return {
    passed: sum('passed'),
    failed: failed + lost + failedSteps.other.length,
    skipped: sum('skipped'),
  };
}

/** Finds the tests that took longest, the slowest first; a run of the cache tells its first time. */
export function slowestTests(runs: readonly TestRun[]): TimedTest[] {
  const tests = runs.flatMap((run) =>
    (parse(run)?.testResults ?? [])
      .flatMap(({ assertionResults = [] }) => assertionResults)
      .map(({ fullName, duration }) => ({
        run: run.name,
        test: fullName,
        durationMs: duration ?? 0,
      })),
  );
  return tests.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
}

/** Finds the tests that failed, and the files that could not be loaded. */
export function failedTests(runs: readonly TestRun[]): FailedTest[] {
  return runs.flatMap((run) =>
    (parse(run)?.testResults ?? []).flatMap((file) => {
      const failed = (file.assertionResults ?? [])
        .filter(({ status }) => status === 'failed')
        .map((test) => ({ test: test.fullName, why: test.failureMessages?.join('\n') }));
      // A file that can't be loaded has no tests.
      if (failed.length === 0 && file.status === 'failed') {
        failed.push({ test: file.name ?? '?', why: file.message });
      }
      return failed.map(({ test, why = '' }) => ({
        run: run.name,
        test,
        why: why
          .split('\n')
          .filter((line) => !/^ +at .*node_modules/.test(line))
          .slice(0, ERROR_LINES)
          .join('\n'),
      }));
    }),
  );
}

/** Says counts in the words of the gate's last line. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Every run that must have left results. */
function expectedRuns(packages: readonly WorkspacePackage[]): TestRun[] {
  const tested = packages.filter(({ manifest }) => manifest.scripts?.['test'] !== undefined);
  const onNode24 = hasNode24() ? node24Packages(packages) : [];
  return [
    ...tested.map(({ folder, manifest }) => ({
      name: manifest.name,
      report: read(path.join(ROOT, folder, 'test-results.json')),
    })),
    ...onNode24.map((pkg) => ({
      name: `${pkg.manifest.name} on Node 24`,
      report: read(node24Results(pkg)),
    })),
  ];
}

function main(): void {
  const { values } = parseArgs({
    options: {
      'failed-step': { type: 'string', multiple: true, default: [] },
      'failed-test-step': { type: 'string', multiple: true, default: [] },
    },
  });
  const failedSteps = { test: values['failed-test-step'], other: values['failed-step'] };
  const runs = expectedRuns(readWorkspace());
  for (const { run, test, durationMs } of slowestTests(runs)) {
    process.stdout.write(`${(durationMs / 1_000).toFixed(1).padStart(6)} s  ${run}: ${test}\n`);
  }
  for (const run of runs) {
    const missing = run.report === undefined ? ' (no test-results.json)' : '';
    process.stdout.write(`${run.name}: ${formatCounts(countRun(run))}${missing}\n`);
  }
  for (const { run, test, why } of failedTests(runs)) {
    process.stdout.write(`Failed: ${run}: ${test}\n${why.replaceAll(/^/gm, '  ')}\n`);
  }
  for (const step of [...failedSteps.test, ...failedSteps.other]) {
    process.stdout.write(`Failed step: ${step}\n`);
  }
  const total = sumRuns(runs, failedSteps);
  process.stdout.write(`${formatCounts(total)}\n`);
  if (total.failed > 0) process.exitCode = 1;
}

if (import.meta.main) main();
