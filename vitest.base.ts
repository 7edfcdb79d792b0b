import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * The test settings of every package. Results also go to `test-results.json`,
 * from which the gate sums the real counts.
 */
const base: ViteUserConfig = defineConfig({
  test: {
    // What is tested beside its source keeps no state that another file could meet.
    projects: [
      { extends: true, test: { name: 'src', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'test', include: ['test/**/*.test.ts'] } },
    ],
    pool: 'forks',
    // Tests start thousands of workers and programs from the same sources: the first one compiles
    // them, the others load what it has left, and take half the CPU time.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(
        new URL('node_modules/.cache/node-compile/', import.meta.url),
      ),
    },
    // Four at least, also on two processors: tests of pools wait for most of their time.
    maxWorkers: Math.max(4, availableParallelism()),
    // No test asserts that something is fast: these bounds end what hangs, and nothing that is
    // only late because the machine does other work. By itself a poll gives up after one second.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
  },
});

export default base;
