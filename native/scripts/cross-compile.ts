// Compiles the library for every platform that has a package with it, into prebuilt/, and
// checks each. The compiler is CROSS_CC, called with `-target <triple>`: 'zig cc', or a clang
// with the systems' headers and libraries. For one target another command can be given,
// which is called without -target: CROSS_CC_LINUX_ARM64_GNU=aarch64-linux-gnu-gcc.
// node scripts/cross-compile.ts [targets…]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { libraryErrors } from './library-errors.ts';
import { PREBUILT_TARGETS, targetOf, type PrebuiltTarget } from './prebuilt-targets.ts';

const native = fileURLToPath(new URL('..', import.meta.url));
const FLAGS = ['-std=c11', '-O2', '-ffp-contract=off', '-fPIC', '-fvisibility=hidden', '-shared'];

function commandFor(name: string, target: PrebuiltTarget): readonly string[] {
  const own = process.env[`CROSS_CC_${name.toUpperCase().replaceAll('-', '_')}`];
  if (own) return own.trim().split(/\s+/);
  const compiler = (process.env['CROSS_CC'] || 'zig cc').trim().split(/\s+/);
  return [...compiler, '-target', target.triple];
}

function compile(name: string): void {
  const target = targetOf(name);
  const folder = join(native, 'prebuilt', name);
  const output = join(folder, target.file);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [command = '', ...prefix] = commandFor(name, target);
  const itsName =
    target.format === 'Mach-O' ? `-install_name,@rpath/${target.file}` : `-soname,${target.file}`;
  const args = [
    ...prefix,
    ...FLAGS,
    '-s',
    `-Wl,${itsName}`,
    '-Iinclude',
    '-o',
    output,
    'src/ctest.c',
  ];
  const run = spawnSync(command, args, { cwd: native, encoding: 'utf8' });
  if (run.error !== undefined) {
    throw new Error(
      `Cannot run '${command}': ${run.error.message}. Set CROSS_CC to a cross compiler, such as 'zig cc'.`,
    );
  }
  if (run.status !== 0) throw new Error(`Cannot compile for ${name}:\n${run.stderr}`);
  const bytes = readFileSync(output);
  const errors = libraryErrors(bytes, target);
  if (errors.length > 0) throw new Error(`The library for ${name} is wrong: ${errors.join('; ')}`);
  process.stdout.write(`${name}: ${bytes.length} bytes\n`);
}

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  const names = positionals.length > 0 ? positionals : Object.keys(PREBUILT_TARGETS);
  for (const name of names) compile(name);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
