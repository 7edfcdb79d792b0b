/**
 * Forks or threads as one starts them by hand, as the peer of a pool's start:
 * `node bare-workers-main.ts HANDLER WORKERS fork|thread`.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const [handlerUrl = '', workers = '', kind = ''] = process.argv.slice(2);
const program = new URL('./bare-worker-main.mjs', import.meta.url);
const started: (ChildProcess | Worker)[] = Array.from({ length: Number(workers) }, () =>
  kind === 'thread' ? new Worker(program, { workerData: handlerUrl }) : fork(program, [handlerUrl]),
);
await Promise.all(started.map((worker) => once(worker, 'message')));
process.stdout.write(
  `${JSON.stringify({ event: 'listening', value: { address: { port: 0 } } })}\n`,
);
