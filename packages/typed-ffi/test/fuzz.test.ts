import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { describeEachBackend } from './fixtures/each-backend.ts';

const main = fileURLToPath(new URL('fixtures/fuzz-main.ts', import.meta.url));

/** `pnpm fuzz` runs 2,000 with other seeds. */
const CASES = 200;

describeEachBackend((backend) => {
  test(`C sees what is passed to ${CASES} random functions, and its results come back`, async () => {
    const args = [main, backend, '20', String(CASES)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe(`${backend}: ${CASES} cases, 0 wrong\n`);
  });
});
