// Resident memory after a tenth and after all of a million calls of each function, each
// function on each backend in its own process, without a forced collection.
// node bench/memory.ts [calls]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { backendAvailability, BACKENDS, type BackendName } from '@sockpool/typed-ffi';

import { resolveLibraryPath } from '../src/index.ts';
import { functionRuns, type Run } from './function-runs.ts';

const [, , count = '1000000', what, backendName] = process.argv;
const calls = Number(count);
const require = createRequire(import.meta.url);

/** What grows in V8 alone: a loop that makes as much garbage as a call does, without C. */
function javascriptOnly(): Run {
  return () => Array.from({ length: 20 }, (_, i) => ({ text: `token ${i}` }));
}

/** ffi-rs used directly: a struct by value, which it does not free. */
function structByValue(): Run {
  const ffi = require('ffi-rs') as typeof import('ffi-rs');
  ffi.open({ library: 'memory', path: resolveLibraryPath() });
  const { Double, StackStruct } = ffi.DataType;
  const complex = { x: Double, y: Double, ffiTypeTag: StackStruct } as never;
  const a = { x: 3.1, y: 4.2 } as never;
  return () =>
    ffi.load({
      library: 'memory',
      funcName: 'add',
      retType: complex,
      paramsType: [complex, complex],
      paramsValue: [a, a],
    });
}

/** node:ffi used directly: one buffer as the only argument. */
function onlyABuffer(): Run {
  const ffi = process.getBuiltinModule('node:ffi');
  const library = new ffi.DynamicLibrary(resolveLibraryPath());
  const titlecase = library.getFunction('titlecase', { arguments: ['pointer'], return: 'void' });
  const text = new Uint8Array(80);
  // A property of the function keeps the library open.
  return Object.assign(() => titlecase(text), { library });
}

const DIRECT: Readonly<Record<string, readonly [BackendName | undefined, () => Run]>> = {
  'JavaScript without C': [undefined, javascriptOnly],
  'ffi-rs: struct by value': ['ffi-rs', structByValue],
  'node:ffi: only a buffer': ['node:ffi', onlyABuffer],
};

function measure(run: Run): void {
  const first = Math.floor(calls / 10);
  for (let i = 0; i < first; i++) run();
  const before = process.memoryUsage.rss();
  for (let i = first; i < calls; i++) run();
  process.stdout.write(JSON.stringify([before, process.memoryUsage.rss()]));
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0).padStart(5);
}

function line(label: string, cells: readonly string[]): void {
  process.stdout.write(`${label.padEnd(26)}${cells.map((cell) => cell.padStart(22)).join('')}\n`);
}

/** Runs this program for one function in a process of its own. */
function inOwnProcess(name: string, backend = ''): string {
  const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url)];
  const run = spawnSync(process.execPath, [...args, count, name, backend], { encoding: 'utf8' });
  if (run.status !== 0) {
    throw new Error(
      `'${name}' on ${backend} ended with ${run.status ?? run.signal}: ${run.stderr}`,
    );
  }
  const [before = 0, after = 0] = JSON.parse(run.stdout) as number[];
  const perCall = (after - before) / (calls - Math.floor(calls / 10));
  return `${megabytes(before)} ${megabytes(after)} ${perCall.toFixed(1).padStart(7)}`;
}

function printAll(): void {
  const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);
  process.stdout.write(
    `resident memory: MB after a tenth and after all of ${calls} calls, bytes a call between\n`,
  );
  line('function', usable);
  const [anyBackend = 'ffi-rs'] = usable;
  for (const name of functionRuns(anyBackend).keys()) {
    line(
      name,
      usable.map((backend) => inOwnProcess(name, backend)),
    );
  }
  process.stdout.write('\nbeside: V8 alone, and what the backends leak when used directly\n');
  for (const [name, [backend]] of Object.entries(DIRECT)) {
    if (backend === undefined || usable.includes(backend)) line(name, [inOwnProcess(name)]);
  }
}

if (what === undefined) printAll();
else {
  const run = DIRECT[what]?.[1]() ?? functionRuns(backendName as BackendName).get(what);
  if (run === undefined) throw new Error(`There is no function '${what}'`);
  measure(run);
}
