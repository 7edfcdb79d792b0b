// ns per call of each function on each backend, beside koffi used directly and Python's
// ctypes; and of a call with two integers, checked beside raw. All in alternation.
// node bench/calls.ts [milliseconds per measurement]
import {
  backendAvailability,
  BACKENDS,
  fn,
  i32,
  library,
  type BackendName,
} from '@sockpool/typed-ffi';

import { resolveLibraryPath } from '../src/index.ts';
import { CtypesProcess } from './ctypes-process.ts';
import { koffiRuns, rawDivision } from './direct-calls.ts';
import { functionRuns } from './function-runs.ts';
import { best, direct, timed, type TimedRun } from './timed-run.ts';

const measureMs = Number(process.argv[2] ?? 300);
const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);

function print(label: string, figures: readonly (number | string | undefined)[]): void {
  const cells = figures.map((figure) =>
    (typeof figure === 'number' ? figure.toFixed(0) : (figure ?? '-')).padStart(14),
  );
  process.stdout.write(`${label.padEnd(22)}${cells.join('')}\n`);
}

async function printFunctions(ctypes: CtypesProcess | undefined): Promise<void> {
  const columns = new Map(usable.map((backend) => [`${backend}`, functionRuns(backend)]));
  if (usable.includes('koffi')) columns.set('koffi directly', koffiRuns());
  const labels = [...columns.keys(), 'ctypes'];
  process.stdout.write('ns per call\n');
  print('function', labels);
  const [any = new Map<string, never>()] = columns.values();
  for (const name of any.keys()) {
    const runs = new Map<string, TimedRun>();
    for (const [label, functions] of columns) {
      const run = functions.get(name);
      if (run !== undefined) runs.set(label, timed(run));
    }
    if (ctypes !== undefined) runs.set('ctypes', ctypes.timed(name));
    const found = await best(runs, measureMs);
    print(
      name,
      labels.map((label) => found.get(label)),
    );
  }
}

async function printOverhead(ctypes: CtypesProcess | undefined): Promise<void> {
  const runs = new Map<string, TimedRun>();
  const [raw, checked] = [
    (backend: BackendName): string => `${backend} raw`,
    (backend: BackendName): string => `${backend} checked`,
  ];
  for (const backend of usable) {
    const { two } = library(null, { two: fn([i32, i32], i32, { symbol: 'div' }) }, { backend });
    runs.set(raw(backend), timed(rawDivision(backend)));
    runs.set(checked(backend), timed(direct(two, '7, 3')));
  }
  if (ctypes !== undefined) runs.set('ctypes', ctypes.timed('two integers'));
  const found = await best(runs, measureMs * 2);
  process.stdout.write('\ntwo integers, ns per call\n');
  print('backend', ['raw', 'checked', 'overhead', '']);
  for (const backend of usable) {
    const [rawNs = 0, checkedNs = 0] = [found.get(raw(backend)), found.get(checked(backend))];
    const more = checkedNs - rawNs;
    print(backend, [
      rawNs,
      checkedNs,
      `${more.toFixed(0)} ns`,
      `${((more / rawNs) * 100).toFixed(0)} %`,
    ]);
  }
  print('ctypes', [found.get('ctypes')]);
}

await using ctypes = CtypesProcess.start(resolveLibraryPath());
await printFunctions(ctypes);
await printOverhead(ctypes);
