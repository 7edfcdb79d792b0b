import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { describeEachBackend } from './fixtures/each-backend.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const run = promisify(execFile);
const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

describeEachBackend((backend, path) => {
  test.each(['main-first', 'workers-first'])(
    'threads bind and call at the same time and end without a crash: %s',
    async (order) => {
      const { stdout } = await run(process.execPath, [
        fixture('thread-main.ts'),
        backend,
        path,
        order,
      ]);
      expect(stdout).toBe('all right\n');
    },
  );

  test('a worker that ends while C runs for it does not end the process', async () => {
    const { stdout } = await run(process.execPath, [fixture('ending-worker.ts'), backend, path]);
    const [slow, ...callbacks] = stdout.split(', ');
    expect(slow).toBe(backend === 'node:ffi' ? 'ERR_FFI_UNSUPPORTED' : 'called');
    expect(callbacks).toEqual(['ERR_FFI_UNSUPPORTED', 'ERR_FFI_UNSUPPORTED']);
  });

  test('a forked child of a process that has called C calls C', async () => {
    const child = fork(fixture('forked-caller.ts'), [backend, path]);
    const [[answer], [code, signal]] = await Promise.all([
      once(child, 'message'),
      once(child, 'exit'),
    ]);
    expect([answer, code, signal]).toEqual([{ own: 5, grandchild: 5 }, 0, null]);
  });
});

test.skipIf(!hasCompiler)(
  'a worker started before the main thread has imported the package gets a typed error',
  async () => {
    const { stdout } = await run(process.execPath, [
      fixture('late-main.ts'),
      'ffi-rs',
      probePath(),
    ]);
    expect(stdout).toMatch(/^ERR_FFI_UNSUPPORTED: .*main thread must import/);
  },
);
