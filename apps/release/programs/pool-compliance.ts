import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
// @boundaries-ignore: the package comes packed, into a project of its own
import type { PoolKind } from '@sockpool/pool-compliance';

// As in thread-pool's own tests, which this project of packed packages does not have.
const kind: Omit<PoolKind, 'Pool'> = {
  name: 'ThreadPool',
  moduleUrl: import.meta.resolve('@sockpool/thread-pool'),
  capabilities: {
    acceptsInWorkers: 'its primary accepts',
    servesUnixSockets: 'Node moves no unix-domain socket to a thread',
    runsApart: true,
    isProcess: 'a thread is no process',
    takesEnvironment: true,
    keepsPortFromChildren: true,
    upgrades: 'it has no upgrade()',
  },
};
const file = path.join(import.meta.dirname, 'packed-compliance.test.mjs');
const report = path.join(import.meta.dirname, 'packed-compliance.json');
writeFileSync(
  file,
  `import { describePool } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';
describePool({ Pool: ThreadPool, ...${JSON.stringify(kind)} });
`,
);
// The vitest that the package finds as its peer.
const { resolve } = createRequire(import.meta.resolve('@sockpool/pool-compliance'));
const vitest = path.join(path.dirname(resolve('vitest/package.json')), 'vitest.mjs');
try {
  execFileSync(
    process.execPath,
    [
      vitest,
      'run',
      `--root=${import.meta.dirname}`,
      '--testTimeout=50000',
      '--reporter=json',
      `--outputFile=${report}`,
      '--testNamePattern=^ThreadPool (limits|options|serves .*(workerData|unix))',
      file,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    string,
    number
  >;
  assert.equal(numFailedTests, 0);
  assert((numPassedTests ?? 0) > 20, `only ${numPassedTests} behaviors were tested`);
} finally {
  rmSync(file);
  rmSync(report, { force: true });
}
