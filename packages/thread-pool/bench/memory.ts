/**
 * Resident memory, and the heap after a garbage collection, over many replaced threads: those of a pool that restarts, beside bare
 * `worker_threads` that load as much and do nothing. `node bench/memory.ts [THREADS]`.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ThreadPool } from '@sockpool/thread-pool';

/** How many times memory is printed. */
const STEPS = 10;

/** What a bare thread runs: it loads what a pool's does, and waits to be told to go. */
const BARE = `
  import { parentPort } from 'node:worker_threads';
  import '@sockpool/pool-core/worker';
  parentPort.once('message', () => process.exit(0));
  parentPort.postMessage('ready');
`;

const ignore = (): undefined => undefined;
const [threads = '2000', what] = process.argv.slice(2);

if (what === undefined) {
  for (const each of ['pool', 'pool accepting in the workers', 'bare threads']) {
    for (const env of [{}, { MALLOC_ARENA_MAX: '2' }]) {
      console.log(
        `\n${each} ${JSON.stringify(env)}, ${threads} threads, MiB resident (MiB of heap) after each tenth:`,
      );
      const program = spawn(
        process.execPath,
        ['--expose-gc', fileURLToPath(import.meta.url), threads, each],
        { stdio: 'inherit', env: { ...process.env, ...env } },
      );
      await once(program, 'exit');
    }
  }
} else if (what === 'bare threads') {
  await measure(async () => {
    const url = new URL(`data:text/javascript,${encodeURIComponent(bareModule())}`);
    const pair = [new Worker(url), new Worker(url)];
    await Promise.all(pair.map((worker) => once(worker, 'message')));
    await Promise.all(
      pair.map((worker) => {
        worker.postMessage('go');
        return once(worker, 'exit');
      }),
    );
  });
} else {
  await using pool = new ThreadPool({
    handler: new URL('data:text/javascript,export default (connection) => void connection.end()'),
    workers: 2,
    accept: what === 'pool' ? 'primary' : 'worker',
    rollout: { minReadyMs: 0 },
    logger: { debug: ignore, info: ignore, warn: ignore, error: console.error },
  });
  await pool.listen();
  await measure(() => pool.restart());
}

/** A module from a URL finds no packages, so that they are named by their files. */
function bareModule(): string {
  const supervisor = '@sockpool/pool-core/worker';
  return BARE.replace(supervisor, import.meta.resolve(supervisor));
}

/** Replaces two threads again and again, and prints the resident memory. */
async function measure(replaceTwo: () => Promise<unknown>): Promise<void> {
  const memory: string[] = [];
  const rounds = Number(threads) / 2;
  for (let round = 1; round <= rounds; round += 1) {
    await replaceTwo();
    if (round % Math.ceil(rounds / STEPS) === 0) {
      // What has just been let go of may be released a few turns later.
      await setTimeout(50);
      globalThis.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      memory.push(`${(rss / 2 ** 20).toFixed(0)} (${(heapUsed / 2 ** 20).toFixed(1)})`);
    }
  }
  console.log(memory.join(' '));
}
