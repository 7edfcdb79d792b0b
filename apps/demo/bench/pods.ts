/**
 * Compares the memory of one pool with that of as many single processes: what a pod of one process
 * and a pod of one pool take. Prints medians of three.
 *
 *     node bench/pods.ts
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('../deploy/app/', import.meta.url));
const SOCKPOOL = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));

/** The memory of a process and its descendants: each page counts once, shared ones by their share. */
function memoryMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kib = '0'] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '),
  );
  return children
    .filter((child) => /^\d+$/.test(child))
    .reduce((sum, child) => sum + memoryMiB(Number(child)), Number(kib) / 1_024);
}

/** Starts a program in the app's folder, and resolves when it answers on a port. */
async function started(port: number, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    cwd: APP,
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  for (let asked = 0; asked < 200; asked += 1) {
    try {
      // So that each worker has served.
      for (let request = 0; request < 40; request += 1)
        await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Nobody listens on port ${port}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function memoryOf(name: string, argsOn: (port: number) => readonly string[]): Promise<void> {
  const figures: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const port = 13_000 + round;
    const child = await started(port, ...argsOn(port));
    figures.push(memoryMiB(child.pid!));
    await ended(child);
  }
  const [, median = 0] = figures.toSorted((a, b) => a - b);
  console.log(`${name.padEnd(34)} ${median.toFixed(0)} MiB`);
}

await memoryOf('node server.js', () => [path.join(APP, 'server.js')]);
for (const kind of ['processes', 'threads'])
  for (const count of [1, 2, 4, 8])
    await memoryOf(`sockpool serve, ${count} ${kind}`, (port) => [
      SOCKPOOL,
      'serve',
      `--${kind}`,
      `--workers=${count}`,
      `--port=${port}`,
      `--metrics-port=${port + 100}`,
      '--no-control',
    ]);
