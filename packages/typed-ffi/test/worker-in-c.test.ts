import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { fn, i32, library } from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

const main = fileURLToPath(new URL('fixtures/worker-in-c.ts', import.meta.url));

describeEachBackend((backend) => {
  const path = hasCompiler ? fixturePath('threads') : '';

  test.each([
    ['a library is opened, and more workers start, while a worker is in C', 'beside', 1],
    ['workers that are terminated in C leave nothing locked', 'terminated', 5],
    ['workers call and end, time and again', 'calls', 5],
    ['a library with a thread stays when the worker that opened it ends', 'counting', 1],
  ])('%s', async (_, scenario, rounds) => {
    const args = [main, scenario, backend, path, String(rounds)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('all right\n');
  });

  test.skipIf(backend === 'node:ffi')('2,000 calls at once wait for their turn', async () => {
    const declared = {
      add_three: fn([i32], i32, { offThread: true }),
      rest: fn([i32], i32, { offThread: true }),
    };
    const c = library(path, declared, { backend });
    const calls = Array.from({ length: 2000 }, (_, i) =>
      i % 100 === 0 ? c.rest(1) : c.add_three(i),
    );
    const answers = await Promise.all(calls);
    expect(answers).toEqual(Array.from({ length: 2000 }, (_, i) => (i % 100 === 0 ? 1 : i + 3)));
  });
});
