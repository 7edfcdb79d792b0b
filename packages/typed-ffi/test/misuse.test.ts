import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { backendAvailability, BACKENDS } from '../src/index.ts';
import { misuseCases } from './fixtures/misuse-cases.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const lanes = Math.min(4, Math.max(2, availableParallelism()));
const main = fileURLToPath(new URL('fixtures/misuse-main.ts', import.meta.url));

/** How many cases a process runs, one after the other. */
const BATCH = 24;

/** Runs the cases from `first` to before `end` in a process, and gives what it printed. */
function runProcess(
  backend: string,
  path: string,
  first: number,
  end: number,
): Promise<{ readonly lines: string[]; readonly death: string | undefined }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, backend, path, String(first), String(end)],
      { timeout: 150_000 },
      (error, stdout, stderr) => {
        const death =
          error === null
            ? undefined
            : `death by ${error.signal ?? `exit ${error.code}`}: ${stderr.slice(0, 500)}`;
        resolve({ lines: stdout.split('\n').slice(0, -1), death });
      },
    );
  });
}

/**
 * Runs all cases, {@link BATCH} in a process and a few processes at a time, once what was started
 * before has ended. A case in which the process dies ends with that, and with the cases that the
 * same process ran before: one of them may have damaged what it died of. Another process goes on
 * with the case behind it.
 *
 * @returns what each of them ends with
 */
function runAll(backend: string, path: string, before: Promise<unknown>): Promise<string>[] {
  const endings = misuseCases.map(() => Promise.withResolvers<string>());
  const settle = (index: number, ending: string): void => endings[index]?.resolve(ending);

  const runBatch = async (first: number, end: number): Promise<void> => {
    const { lines, death } = await runProcess(backend, path, first, end);
    for (const [printed, line] of lines.entries()) {
      const index = first + printed;
      const isLast = index === end - 1;
      settle(index, isLast && death !== undefined ? `${line}, then ${death}` : line);
    }
    const next = first + lines.length;
    if (next >= end) return;
    settle(next, `${death ?? 'no outcome'} (behind the cases ${first} to ${next - 1})`);
    if (next + 1 < end) await runBatch(next + 1, end);
  };

  let next = 0;
  const lane = async (): Promise<void> => {
    await before;
    for (let first = next; first < endings.length; first = next) {
      next += BATCH;
      await runBatch(first, Math.min(next, endings.length));
    }
  };
  for (let started = 0; started < lanes; started += 1) void lane();
  return endings.map(({ promise }) => promise);
}

test('there are at least 180 cases with different names', () => {
  expect(new Set(misuseCases.map(({ name }) => name)).size).toBe(misuseCases.length);
  expect(misuseCases.length).toBeGreaterThanOrEqual(180);
});

let earlier: Promise<unknown> = Promise.resolve();

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);
  const usable = available && hasCompiler;

  describe.skipIf(!usable)(available ? backend : `${backend} (skipped: ${reason})`, () => {
    const endings = usable ? runAll(backend, probePath(), earlier) : [];
    earlier = Promise.all(endings);

    test.each(misuseCases.map(({ name, expected }, index) => ({ name, expected, index })))(
      '$name ends in $expected, and the process lives',
      async ({ index, expected }) => {
        expect(await endings[index]).toBe(`${index} ${expected}`);
      },
    );
  });
}
