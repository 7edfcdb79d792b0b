import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

let turn = 0;
let cameInTurn = 0;
let open = 0;

/**
 * Says of each connection how many have come in this turn of the event loop, and how many are open.
 * `block FILE` keeps the event loop busy until there is such a file.
 */
export default function countTurns(connection: Socket): void {
  const { loopCount } = performance.nodeTiming.uvMetricsInfo;
  cameInTurn = loopCount === turn ? cameInTurn + 1 : 1;
  turn = loopCount;
  open += 1;
  connection.write(`${cameInTurn} ${open}\n`);
  connection.once('close', () => {
    open -= 1;
  });
  connection.setEncoding('utf8').on('data', (line: string) => {
    const [, file] = /^block (.+)\n$/.exec(line) ?? [];
    if (file === undefined) return;
    connection.write('blocking\n', () => {
      while (!existsSync(file));
    });
  });
}
