// ns a call of each kind on each backend, beside the same backend used directly, in turn,
// and beside Python's ctypes; in time of the processor.
// node bench/calls.ts [milliseconds a measurement]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

import { backendAvailability, BACKENDS } from '../src/index.ts';
import { fixturePath, probePath } from '../test/fixtures/probe-library.ts';
import { directRuns } from './direct-runs.ts';
import { kindRuns, type Run } from './kind-runs.ts';

const ROUNDS = 10;
const measureMs = Number(process.argv[2] ?? 200);
let serial = 0;

/** Returns the measurement of a call, in a loop that is compiled for it alone. */
function timed(run: Run): (forMs: number) => number {
  const loop = compileFunction(
    `return function () { for (let i = 0; i < 200; i++) run(); } // ${serial++}`,
    ['run'],
  )(run) as () => void;
  return (forMs) => {
    const [start, startMs] = [process.threadCpuUsage(), performance.now()];
    let calls = 0;
    do {
      loop();
      calls += 200;
    } while (performance.now() - startMs < forMs);
    // Of the processor, so that other programs count less.
    const { user, system } = process.threadCpuUsage(start);
    return ((user + system) * 1e3) / calls;
  };
}

/** Returns the best of some rounds of each, in turn. */
function best(runs: readonly (Run | undefined)[]): (number | undefined)[] {
  const loops = runs.map((run) => (run === undefined ? undefined : timed(run)));
  const found = loops.map((loop) => (loop === undefined ? undefined : Number.POSITIVE_INFINITY));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, loop] of loops.entries()) {
      if (loop !== undefined) found[i] = Math.min(found[i] ?? 0, loop(measureMs / ROUNDS));
    }
  }
  return found;
}

const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);
const python = spawnSync(
  'python3',
  [
    fileURLToPath(new URL('kinds-ctypes.py', import.meta.url)),
    probePath(),
    fixturePath('kinds'),
    String(measureMs),
  ],
  { encoding: 'utf8' },
);
if (python.status !== 0) process.stderr.write(`without ctypes: ${python.stderr ?? 'no python3'}\n`);
const ctypes = (python.status === 0 ? JSON.parse(python.stdout) : {}) as Record<string, number>;
const ours = new Map(usable.map((backend) => [backend, kindRuns(backend)]));
const direct = new Map(usable.map((backend) => [backend, directRuns(backend)]));
const names = new Set([...ours.values()].flatMap((runs) => Array.from(runs.keys())));
const cell = (value: number | string | undefined, width = 9): string =>
  (typeof value === 'number' ? value.toFixed(0) : (value ?? '-')).padStart(width);

process.stdout.write('ns a call: checked, by the same backend directly, how many times that\n');
process.stdout.write(
  `${''.padEnd(24)}${usable.map((name) => cell(name, 27)).join('')}${cell('ctypes')}\n`,
);
for (const name of names) {
  if (name === 'off the thread') continue;
  const cells = usable.map((backend) => {
    const [checked, raw] = best([ours.get(backend)?.get(name), direct.get(backend)?.get(name)]);
    const times =
      checked === undefined || raw === undefined ? undefined : (checked / raw).toFixed(1);
    return `${cell(checked)}${cell(raw)}${cell(times)}`;
  });
  process.stdout.write(`${name.padEnd(24)}${cells.join('')}${cell(ctypes[name])}\n`);
}
