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
      { timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({
          outcome: error === null ? stdout : `exit ${error.code}: ${stderr.slice(0, 500)}`,
          signal: error?.signal ?? null,
        });
      },
    );
  });
}

/** Runs all cases, a few processes at a time. */
async function runAll(backend: string, path: string): Promise<Ending[]> {
  const endings: Ending[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < misuseCases.length; index = next++) {
      endings[index] = await runCase(backend, path, index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return endings;
}

test('there are at least 140 cases with different names', () => {
  expect(new Set(misuseCases.map(({ name }) => name)).size).toBe(misuseCases.length);
  expect(misuseCases.length).toBeGreaterThanOrEqual(140);
});

let earlier: Promise<unknown> = Promise.resolve();

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);
  const usable = available && hasCompiler;

  describe.skipIf(!usable)(available ? backend : `${backend} (skipped: ${reason})`, () => {
    const endings = earlier.then(() => (usable ? runAll(backend, probePath()) : []));
    earlier = endings;

    test.each(misuseCases.map(({ name, expected }, index) => ({ name, expected, index })))(
      '$name ends in $expected, and the process lives',
      async ({ index, expected }) => {
        const ending = (await endings)[index];
        expect(ending).toEqual({ outcome: expected, signal: null });
      },
      180_000,
    );
  });
}
