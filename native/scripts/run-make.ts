// Runs make with the given targets, or says which package to install when the
// C compiler or make itself is missing.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const INSTALL: Readonly<Record<string, string>> = {
  darwin: 'run `xcode-select --install`',
  linux:
    'install it with `apt-get install gcc make` (Debian, Ubuntu), ' +
    '`dnf install gcc make` (Fedora) or `apk add gcc make musl-dev` (Alpine)',
};

function works(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const targets = parseArgs({ allowPositionals: true }).positionals;
const compiler = process.env['CC'] || 'cc';
const advice = INSTALL[process.platform] ?? 'install gcc and make';

if (!works(compiler)) {
  fail(`Cannot build native/: there is no C compiler '${compiler}' (set by CC): ${advice}.`);
}
if (!works('make')) {
  fail(`Cannot build native/: there is no 'make': ${advice}.`);
}
const run = spawnSync('make', ['--no-print-directory', `CC=${compiler}`, ...targets], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
