// Bytes of resident memory a call, between a tenth and all of a million calls of each kind,
// each kind on each backend in a process of its own, without a forced collection.
// node bench/memory.ts [calls]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { backendAvailability, BACKENDS, type BackendName } from '../src/index.ts';
import { kindRuns } from './kind-runs.ts';

const [, , count = '1000000', kind, backendName] = process.argv;
const calls = Number(count);

/** Prints resident memory after a tenth and after all calls. */
async function measure(name: string, backend: BackendName): Promise<void> {
  const run = kindRuns(backend).get(name);
  if (run === undefined) {
    process.stdout.write('null');
    return;
  }
  // A call off the thread waits for its answer.
  const many = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      const answer = run();
      if (answer instanceof Promise) await answer;
    }
    return process.memoryUsage.rss();
  };
  const before = await many(Math.floor(calls / 10));
  const after = await many(calls - Math.floor(calls / 10));
  process.stdout.write(JSON.stringify([before, after]));
}

function inOwnProcess(name: string, backend: BackendName): string {
  const file = fileURLToPath(import.meta.url);
  const args = ['--disable-warning=ExperimentalWarning', file, count, name, backend];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`'${name}' on ${backend}: ${run.signal ?? run.stderr}`);
  const figures = JSON.parse(run.stdout) as [number, number] | null;
  if (figures === null) return '-'.padStart(22);
  const [before, after] = figures;
  const each = (after - before) / (calls - Math.floor(calls / 10));
  const megabytes = `${(before / 1e6).toFixed(0)} → ${(after / 1e6).toFixed(0)} MB`;
  return `${megabytes.padStart(15)}${each.toFixed(1).padStart(7)}`;
}

if (kind === undefined) {
  const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);
  const names = new Set(usable.flatMap((backend) => [...kindRuns(backend).keys()]));
  process.stdout.write(
    `resident memory after a tenth and all of ${calls} calls, bytes a call between\n`,
  );
  process.stdout.write(`${''.padEnd(24)}${usable.map((name) => name.padStart(22)).join('')}\n`);
  for (const name of names) {
    const cells = usable.map((backend) => inOwnProcess(name, backend));
    process.stdout.write(`${name.padEnd(24)}${cells.join('')}\n`);
  }
} else await measure(kind, backendName as BackendName);
