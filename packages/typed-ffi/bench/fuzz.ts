// Calls random functions on each backend and compares what C has seen: 2,000 cases a backend,
// or as many as are given, from a seed that is printed.
// node bench/fuzz.ts [cases] [seed]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { backendAvailability, BACKENDS } from '../src/index.ts';

const main = fileURLToPath(new URL('../test/fixtures/fuzz-main.ts', import.meta.url));
const [cases = '2000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);

process.stdout.write(`seed ${seed}\n`);
for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);
  if (!available) {
    process.stdout.write(`${backend}: left out: ${reason}\n`);
    continue;
  }
  const args = ['--disable-warning=ExperimentalWarning', main, backend, seed, cases];
  const { status, signal } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`${backend}: ended with ${signal ?? status}\n`);
    process.exitCode = 1;
  }
}
