import type { Socket } from 'node:net';

/** CPU time that each message costs, in milliseconds. */
const WORK_MS = 0.05;

/** Echoes lines in upper case, and computes for 50 microseconds for each. */
export default function work(connection: Socket): void {
  let rest = '';
  connection.setEncoding('latin1').on('data', (chunk: string) => {
    const end = chunk.lastIndexOf('\n') + 1;
    const lines = rest + chunk.slice(0, end);
    rest = end === 0 ? rest + chunk : chunk.slice(end);
    if (end === 0) return;
    for (let from = lines.indexOf('\n'); from !== -1; from = lines.indexOf('\n', from + 1)) {
      const until = performance.now() + WORK_MS;
      while (performance.now() < until);
    }
    connection.write(lines.toUpperCase(), 'latin1');
  });
}
