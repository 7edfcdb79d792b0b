import { expect, test } from 'vitest';
import { countRun, failedTests, formatCounts, slowestTests, sumRuns } from './sum-results.ts';

const noSteps = { test: [], other: [] };

function run(report: object | undefined): { name: string; report: string | undefined } {
  return { name: 'a', report: report === undefined ? undefined : JSON.stringify(report) };
}

/** A run whose tests took so long each. */
function timed(
  name: string,
  durations: readonly (number | null)[],
): { name: string; report: string } {
  const assertionResults = durations.map((duration) => ({
    fullName: `${duration} ms`,
    duration,
  }));
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [{ assertionResults }] };
  return { name, report: JSON.stringify(report) };
}

const passing = run({
  numTotalTests: 6,
  numPassedTests: 4,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  success: true,
});
const failing = run({ numPassedTests: 3, numFailedTests: 2, numPendingTests: 0, success: false });

test('countRun() reads the report of vitest', () => {
  expect(countRun(passing)).toEqual({ passed: 4, failed: 0, skipped: 2 });
  expect(countRun(failing)).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test('countRun() reads the report of the C tests, which skip none', () => {
  const report = { numTotalTests: 13, numPassedTests: 13, numFailedTests: 0, success: true };
  expect(countRun(run(report))).toEqual({ passed: 13, failed: 0, skipped: 0 });
});

test('countRun() counts a file that cannot be loaded as a failure', () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numFailedTestSuites: 1, success: false };
  expect(countRun(run(report))).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test.for([
  [undefined],
  [''],
  ['{"numPassedTests": 1'],
  ['null'],
  ['[]'],
  ['{"numPassedTests": "1", "numFailedTests": 0}'],
])('countRun() counts the report %j as one failure', ([report]) => {
  expect(countRun({ name: 'a', report })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('sumRuns() adds the runs, and one failure for a failed step that runs no tests', () => {
  expect(sumRuns([passing, failing, passing], noSteps)).toEqual({
    passed: 11,
    failed: 2,
    skipped: 4,
  });
  expect(sumRuns([passing], { test: [], other: ['lint', 'demo'] })).toEqual({
    passed: 4,
    failed: 2,
    skipped: 2,
  });
});

test('sumRuns() does not count a failed test twice, and loses no failed test step', () => {
  expect(sumRuns([failing], { test: ['test'], other: [] }).failed).toBe(2);
  expect(sumRuns([passing], { test: ['test'], other: [] }).failed).toBe(1);
  expect(sumRuns([], { test: ['test', 'node 24'], other: ['lint'] }).failed).toBe(3);
});

test('slowestTests() finds ten of all runs, also where one has told no times', () => {
  const runs = [timed('a', [5, 900, null]), passing, run(undefined), timed('b', [2_000, 7])];
  expect(slowestTests(runs).map((timing) => `${timing.run}: ${timing.test}`)).toEqual([
    'b: 2000 ms',
    'a: 900 ms',
    'b: 7 ms',
    'a: 5 ms',
    'a: null ms',
  ]);
  expect(
    slowestTests([
      timed(
        'a',
        Array.from({ length: 30 }, (_, ms) => ms),
      ),
    ]),
  ).toHaveLength(10);
});

test('failedTests() finds what failed and why, also a file that cannot be loaded', () => {
  const long = Array.from({ length: 40 }, (_, index) => `    at line ${index}`);
  const report = {
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      {
        name: 'a.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [
          { fullName: 'serves', status: 'passed', failureMessages: [] },
          {
            fullName: 'closes',
            status: 'failed',
            failureMessages: ['Error: still open\n    at file:///node_modules/vitest/run.js:1:1'],
          },
          { fullName: 'drains', status: 'failed', failureMessages: [long.join('\n')] },
        ],
      },
      { name: 'b.test.ts', status: 'failed', message: 'No such module', assertionResults: [] },
    ],
  };
  expect(failedTests([passing, run(undefined), run(report)])).toEqual([
    { run: 'a', test: 'closes', why: 'Error: still open' },
    { run: 'a', test: 'drains', why: long.slice(0, 30).join('\n') },
    { run: 'a', test: 'b.test.ts', why: 'No such module' },
  ]);
});

test('formatCounts() names skipped tests only if there are any', () => {
  expect(formatCounts({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(formatCounts({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});
