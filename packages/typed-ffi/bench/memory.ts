// Bytes of resident memory a call, over a million calls of each kind after a tenth as many, each
// kind on each backend in a process of its own, without a forced collection.
// node bench/memory.ts [--calls 1000000] [--backend NAME]... [--kind TEXT]...
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { backendAvailability, BACKENDS, type BackendName } from '../src/index.ts';
import { kindRuns } from './kind-runs.ts';

/** How many calls off the thread are under way at once. */
const AT_ONCE = 32;

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string', default: '1000000' },
    backend: { type: 'string', multiple: true },
    kind: { type: 'string', multiple: true },
  },
});
const calls = Number(given.calls);
if (!Number.isSafeInteger(calls) || calls < 10) {
  process.stderr.write(`--calls must be an integer of 10 or more, got '${given.calls}'\n`);
  process.exit(2);
}

/** Prints resident memory before and after the calls that count. */
async function measure(name: string, backend: BackendName): Promise<void> {
  const run = kindRuns(backend).get(name);
  if (run === undefined) {
    process.stdout.write('null');
    return;
  }
  const many = async (times: number): Promise<number> => {
    const underWay: unknown[] = [];
    for (let i = 0; i < times; i++) {
      const answer = run();
      if (!(answer instanceof Promise)) continue;
      underWay.push(answer);
      if (underWay.length === AT_ONCE) await Promise.all(underWay.splice(0));
    }
    await Promise.all(underWay);
    return process.memoryUsage.rss();
  };
  const before = await many(Math.floor(calls / 10));
  const after = await many(calls);
  process.stdout.write(JSON.stringify([before, after]));
}

function inOwnProcess(name: string, backend: BackendName): string {
  const file = fileURLToPath(import.meta.url);
  const args = ['--disable-warning=ExperimentalWarning', file, '--calls', String(calls)];
  const run = spawnSync(process.execPath, [...args, name, backend], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`'${name}' on ${backend}: ${run.signal ?? run.stderr}`);
  const figures = JSON.parse(run.stdout) as [number, number] | null;
  if (figures === null) return '-'.padStart(22);
  const [before, after] = figures;
  const megabytes = `${(before / 1e6).toFixed(0)} → ${(after / 1e6).toFixed(0)} MB`;
  return `${megabytes.padStart(15)}${((after - before) / calls).toFixed(1).padStart(7)}`;
}

const [kind, backendName] = positionals;
if (kind === undefined) {
  const usable = BACKENDS.filter(
    (backend) =>
      backendAvailability(backend).available && given.backend?.includes(backend) !== false,
  );
  const all = new Set(usable.flatMap((backend) => [...kindRuns(backend).keys()]));
  const names = [...all].filter((name) => given.kind?.some((one) => name.includes(one)) !== false);
  process.stdout.write(
    `resident memory before and after ${calls} calls, which follow ${Math.floor(calls / 10)}, ` +
      'and bytes a call\n',
  );
  process.stdout.write(`${''.padEnd(30)}${usable.map((name) => name.padStart(22)).join('')}\n`);
  for (const name of names) {
    const cells = usable.map((backend) => inOwnProcess(name, backend));
    process.stdout.write(`${name.padEnd(30)}${cells.join('')}\n`);
  }
} else await measure(kind, backendName as BackendName);
