import type { Readable, Writable } from 'node:stream';
import type { Worker } from 'node:worker_threads';

/**
 * Writes what a thread prints to this process's standard output and error. Output that cannot be
 * written is lost, as it is for `console` in the main thread. Node's own way pipes it, and then
 * a full disk or a closed pipe is an error that nobody hears, which ends the program.
 *
 * @param worker a thread that was started with `stdout: true` and `stderr: true`
 */
export function forwardOutput(worker: Worker): void {
  forward(worker.stdout, process.stdout);
  forward(worker.stderr, process.stderr);
}

function forward(source: Readable, target: Writable): void {
  source.on('data', (chunk: Buffer) => {
    target.write(chunk, (error) => {
      // The event comes after this call. Those who listen for it are told.
      if (error && target.listenerCount('error') === 0) target.once('error', () => undefined);
    });
  });
}
