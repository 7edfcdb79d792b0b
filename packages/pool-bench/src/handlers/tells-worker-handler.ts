import type { Socket } from 'node:net';
import { threadId } from 'node:worker_threads';

/** CPU time that each message costs, in milliseconds. */
const WORK_MS = 0.2;

/** Greets a client with the number of its worker, then works a little for each message. */
export default function tellWorker(connection: Socket): void {
  connection.write(`${process.pid}/${threadId}\n`);
  connection.on('data', () => {
    const until = performance.now() + WORK_MS;
    while (performance.now() < until);
    connection.write('.\n');
  });
}
