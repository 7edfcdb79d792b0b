// Compiles the library for every platform that has a package with it, and typed-ffi's shim for
// every platform that it is for, into prebuilt/, and checks each. The compiler is CROSS_CC, called with `-target <triple>`: 'zig cc', or a clang
// with the systems' headers and libraries. For one target another command can be given,
// which is called without -target: CROSS_CC_LINUX_ARM64_GNU=aarch64-linux-gnu-gcc.
// node scripts/cross-compile.ts [targets…, shim]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { binaryErrors, libraryErrors } from './library-errors.ts';
import { PREBUILT_TARGETS, targetOf } from './prebuilt-targets.ts';
import { SHIM_FUNCTIONS, SHIM_TARGETS, shimFileName, type ShimTarget } from './shim-targets.ts';

const native = fileURLToPath(new URL('..', import.meta.url));
const FLAGS = [
  '-std=c11',
  '-O2',
  '-g0',
  '-ffp-contract=off',
  '-fPIC',
  '-fvisibility=hidden',
  '-shared',
  `-ffile-prefix-map=${native}=.`,
  '-s',
  '-Iinclude',
];

function commandFor(name: string, { triple }: { readonly triple: string }): readonly string[] {
  const own = process.env[`CROSS_CC_${name.toUpperCase().replaceAll('-', '_')}`];
  if (own) return own.trim().split(/\s+/);
  const compiler = (process.env['CROSS_CC'] || 'zig cc').trim().split(/\s+/);
  return [...compiler, '-target', triple];
}

/** Runs the compiler for a target and returns what it has made. */
function compile(
  name: string,
  target: { readonly triple: string },
  output: string,
  args: readonly string[],
): Buffer {
  mkdirSync(dirname(output), { recursive: true });
  rmSync(output, { force: true });
  const [command = '', ...prefix] = commandFor(name, target);
  const all = [...prefix, ...FLAGS, ...args, '-o', output];
  const run = spawnSync(command, all, { cwd: native, encoding: 'utf8' });
  if (run.error !== undefined) {
    throw new Error(
      `Cannot run '${command}': ${run.error.message}. Set CROSS_CC to a cross compiler, such as 'zig cc'.`,
    );
  }
  if (run.status !== 0) throw new Error(`Cannot compile for ${name}:\n${run.stderr}`);
  return readFileSync(output);
}

function report(name: string, bytes: Buffer, errors: readonly string[]): void {
  if (errors.length > 0) throw new Error(`The library for ${name} is wrong: ${errors.join('; ')}`);
  process.stdout.write(`${name}: ${bytes.length} bytes\n`);
}

function compileLibrary(name: string): void {
  const target = targetOf(name);
  const itsName =
    target.format === 'Mach-O' ? `-install_name,@rpath/${target.file}` : `-soname,${target.file}`;
  const output = join(native, 'prebuilt', name, target.file);
  const bytes = compile(name, target, output, [`-Wl,${itsName}`, 'src/ctest.c']);
  report(name, bytes, libraryErrors(bytes, target));
}

function compileShim(name: string, target: ShimTarget): void {
  const output = join(native, 'prebuilt/shim', shimFileName(name));
  const free = target.format === 'Mach-O' ? ['-undefined', 'dynamic_lookup'] : ['-nostdlib'];
  const bytes = compile(name, target, output, [...free, '-D_DEFAULT_SOURCE', 'src/ffi-shim.c']);
  report(`shim for ${name}`, bytes, binaryErrors(bytes, target, SHIM_FUNCTIONS));
}

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  const all = positionals.length === 0;
  for (const name of all ? Object.keys(PREBUILT_TARGETS) : positionals) {
    if (name !== 'shim') compileLibrary(name);
  }
  if (all || positionals.includes('shim')) {
    for (const [name, target] of Object.entries(SHIM_TARGETS)) compileShim(name, target);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
