// ns per call of each function on each backend, beside the raw backend, koffi used
// directly and Python's ctypes, in alternation.
// node bench/calls.ts [milliseconds per measurement]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

import {
  backendAvailability,
  BACKENDS,
  fn,
  i32,
  library,
  type BackendName,
} from '@sockpool/typed-ffi';

import { resolveLibraryPath } from '../src/index.ts';
import { functionRuns, type Run } from './function-runs.ts';

const measureMs = Number(process.argv[2] ?? 150);
const path = resolveLibraryPath();
const require = createRequire(import.meta.url);

/**
 * Returns a loop of 500 calls that is compiled for one function alone: in a loop that
 * all share, V8 can inline none of them.
 */
function loopOf(run: Run, name: string): () => void {
  return compileFunction(
    `return function () { for (let i = 0; i < 500; i++) run(); } // ${name} ${Math.random()}`,
    ['run'],
  )(run) as () => void;
}

/** Returns ns per call: the best of several rounds, so that noise from others counts less. */
function measure(runs: ReadonlyMap<string, Run>): Map<string, number> {
  const best = new Map<string, number>();
  const ROUNDS = 4;
  const loops = new Map([...runs].map(([name, run]) => [name, loopOf(run, name)]));
  for (const loop of loops.values()) for (let i = 0; i < 20; i++) loop();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, loop] of loops) {
      let calls = 0;
      const start = performance.now();
      let elapsed = 0;
      do {
        loop();
        calls += 500;
        elapsed = performance.now() - start;
      } while (elapsed < measureMs / ROUNDS);
      const ns = (elapsed * 1e6) / calls;
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, ns));
    }
  }
  return best;
}

const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);

/** Returns a call whose code is compiled for it alone, as {@link loopOf} is. */
function direct(call: (...args: never[]) => unknown, args: string): Run {
  return compileFunction(`return function () { return call(${args}); } // ${Math.random()}`, [
    'call',
  ])(call) as Run;
}

/**
 * libc's div(), of which the first half of the result is taken, the quotient: a call
 * with two integers as each library does it without any check of ours.
 */
function rawDivision(backend: BackendName): Run {
  switch (backend) {
    case 'ffi-rs': {
      const ffi = require('ffi-rs') as typeof import('ffi-rs');
      ffi.open({ library: 'bench', path: '' });
      const { div } = ffi.define({
        div: {
          library: 'bench',
          retType: ffi.DataType.I32,
          paramsType: [ffi.DataType.I32, ffi.DataType.I32],
        },
      });
      const call = div as (values: number[]) => unknown;
      return direct(call, '[7, 3]');
    }
    case 'koffi': {
      const koffi = require('koffi') as typeof import('koffi');
      const call = koffi.load(null).func('div', 'int', ['int', 'int']);
      return direct(call, '7, 3');
    }
    case 'node:ffi': {
      const ffi = process.getBuiltinModule('node:ffi');
      const program = new ffi.DynamicLibrary(null);
      const call = program.getFunction('div', { arguments: ['i32', 'i32'], return: 'i32' });
      return direct(call, '7, 3');
    }
  }
}

function print(label: string, figures: readonly (number | string | undefined)[]): void {
  const cells = figures.map((figure) =>
    (typeof figure === 'number' ? figure.toFixed(0) : (figure ?? '-')).padStart(12),
  );
  process.stdout.write(`${label.padEnd(26)}${cells.join('')}\n`);
}

function ctypesFigures(): ReadonlyMap<string, number> {
  const script = fileURLToPath(new URL('ctypes-bench.py', import.meta.url));
  const run = spawnSync('python3', [script, path, String(measureMs)], { encoding: 'utf8' });
  if (run.status !== 0) return new Map();
  return new Map(Object.entries(JSON.parse(run.stdout) as Record<string, number>));
}

const ctypes = ctypesFigures();
process.stdout.write('ns per call\n');
print('function', [...usable, 'ctypes']);
const columns = usable.map((backend) => functionRuns(backend));
for (const name of columns[0]?.keys() ?? []) {
  const runs = new Map(
    usable.map((backend, i): [string, Run] => [backend, columns[i]?.get(name) as Run]),
  );
  const best = measure(runs);
  print(name, [...usable.map((backend) => best.get(backend)), ctypes.get(name)]);
}

process.stdout.write('\ntwo integers: checked beside raw, ns per call\n');
print('backend', ['raw', 'checked', 'overhead']);
for (const backend of usable) {
  const checked = library(null, { two: fn([i32, i32], i32, { symbol: 'div' }) }, { backend });
  const best = measure(
    new Map<string, Run>([
      ['raw', rawDivision(backend)],
      ['checked', direct(checked.two, '7, 3')],
    ]),
  );
  const raw = best.get('raw') ?? 0;
  const checkedNs = best.get('checked') ?? 0;
  print(backend, [
    raw,
    checkedNs,
    `${(checkedNs - raw).toFixed(0)} ns ${(((checkedNs - raw) / raw) * 100).toFixed(0)} %`,
  ]);
}
