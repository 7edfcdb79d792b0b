// ns a call of each kind on each backend, beside the same backend used directly, in turn,
// and beside Python's ctypes; in time of the processor.
// node bench/calls.ts [milliseconds a measurement] [part of a kind's name]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';

import { backendAvailability, BACKENDS } from '../src/index.ts';
import { fixturePath, probePath } from '../test/fixtures/probe-library.ts';
import { directRuns } from './direct-runs.ts';
import { kindRuns, type Run } from './kind-runs.ts';

const ROUNDS = 21;
const measureMs = Number(process.argv[2] ?? 400);
const given = process.argv[3];
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

/** Returns the middle of some figures. */
function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}

/**
 * Measures a call and the direct one in turn. The ratio is the median of the rounds' ratios,
 * so that a round beside another program counts for both.
 */
function compare(
  checked: Run | undefined,
  direct: Run | undefined,
): { ours: number | undefined; theirs: number | undefined; ratio: number | undefined } {
  const [first, second] = [checked, direct].map((run) => run && timed(run));
  const rounds = Array.from({ length: ROUNDS + 1 }, () => [
    first?.(measureMs / ROUNDS) ?? Number.NaN,
    second?.(measureMs / ROUNDS) ?? Number.NaN,
  ]).slice(1) as [number, number][];
  return {
    ours: first && median(rounds.map(([ours]) => ours)),
    theirs: second && median(rounds.map(([, theirs]) => theirs)),
    ratio: first && second && median(rounds.map(([ours, theirs]) => ours / theirs)),
  };
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
  if (given !== undefined && !name.includes(given)) continue;
  if (name.includes('off the thread')) continue;
  const cells = usable.map((backend) => {
    const {
      ours: checked,
      theirs,
      ratio,
    } = compare(ours.get(backend)?.get(name), direct.get(backend)?.get(name));
    return `${cell(checked)}${cell(theirs)}${cell(ratio?.toFixed(1))}`;
  });
  process.stdout.write(`${name.padEnd(24)}${cells.join('')}${cell(ctypes[name])}\n`);
}
