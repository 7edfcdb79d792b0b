import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { backendAvailability, BACKENDS } from '../src/index.ts';
import { misuseCases } from './fixtures/misuse-cases.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const lanes = Math.min(4, Math.max(2, availableParallelism()));
const main = fileURLToPath(new URL('fixtures/misuse-main.ts', import.meta.url));

interface Ending {
  readonly outcome: string;
  readonly signal: string | null;
}

function runCase(backend: string, path: string, index: number): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, backend, path, String(index)],
      { timeout: 150_000 },
      (error, stdout, stderr) => {
        resolve({
          outcome: error === null ? stdout : `exit ${error.code}: ${stderr.slice(0, 500)}`,
          signal: error?.signal ?? null,
        });
      },
    );
  });
}

/**
 * Runs all cases, a few processes at a time, once what was started before has ended.
 *
 * @returns how each of them ends
 */
function runAll(backend: string, path: string, before: Promise<unknown>): Promise<Ending>[] {
  const endings = misuseCases.map(() => Promise.withResolvers<Ending>());
  let next = 0;
  const lane = async (): Promise<void> => {
    await before;
    for (let index = next++; index < endings.length; index = next++) {
      endings[index]?.resolve(await runCase(backend, path, index));
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
        expect(await endings[index]).toEqual({ outcome: expected, signal: null });
      },
    );
  });
}
