// Runs the tests of the pools on Node 24. The packages must be built: `pnpm test:node24` sees to it.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { hasNode24, NODE_24, node24Packages, node24Results } from './node-24.ts';
import { readWorkspace, ROOT } from './workspace-packages.ts';

const VITEST = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  // What the tests start as `node` is Node 24 as well.
  PATH: [path.dirname(NODE_24), process.env['PATH']].join(path.delimiter),
};
if (!process.stdout.isTTY && env['FORCE_COLOR'] === undefined) env['NO_COLOR'] = '1';

const packages = hasNode24() ? node24Packages(readWorkspace()) : [];
if (packages.length === 0) {
  process.stdout.write(
    `Node 24 is not installed on ${process.platform} ${process.arch}: skipped\n`,
  );
}
for (const pkg of packages) {
  const { stdout: version } = spawnSync(NODE_24, ['--version'], { encoding: 'utf8' });
  process.stdout.write(`\nThe tests of ${pkg.manifest.name} on Node ${version ?? '24'}\n`);
  const results = node24Results(pkg);
  rmSync(results, { force: true });
  const { status, error } = spawnSync(
    NODE_24,
    [VITEST, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
    { cwd: path.join(ROOT, pkg.folder), env, stdio: 'inherit' },
  );
  if (status === 0) continue;
  const reason = error === undefined ? '' : `: ${error.message}`;
  process.stderr.write(`${pkg.manifest.name}: the tests failed on Node 24${reason}\n`);
  process.exitCode = 1;
}
