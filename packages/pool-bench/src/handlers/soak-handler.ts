import type { Socket } from 'node:net';
import { isMainThread, threadId } from 'node:worker_threads';

const name = `${process.pid}/${threadId}`;

/** Names its worker, and again in each reply; `die` kills the worker at once. */
export default function soakHandler(connection: Socket): void {
  connection.setEncoding('utf8').write(`worker ${name}\n`);
  let rest = '';
  connection.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'die') die();
      connection.write(`${line} ${name}\n`);
    }
  });
}

function die(): never {
  if (isMainThread) process.kill(process.pid, 'SIGKILL');
  process.exit(9);
}
