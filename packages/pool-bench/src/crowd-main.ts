/**
 * Clients that nobody wants to have in the process that measures:
 * `node crowd-main.ts KIND PORT COUNT` keeps that many connections open and prints a JSON line
 * of counts when all are there, for each line `counts` that it reads, and for the line `leave`
 * when it has opened none any more and the last one has ended. The kinds:
 *
 * - `idle` connects and says nothing.
 * - `slow` sends the head of an HTTP request, a line a second, and comes again when it is cut;
 *   each fourth one sends nothing at all.
 * - `insistent` says one line, stays for a second after the reply, and comes again two seconds later.
 *
 * @module
 */
import net from 'node:net';
import { createInterface } from 'node:readline';
import type { CrowdCounts } from './crowd.ts';

const [kind = '', port = '', count = ''] = process.argv.slice(2);

/** Between the end of a connection and the next attempt, in milliseconds, on average. */
const PAUSE_MS = kind === 'slow' ? 500 : 2_000;
/** Between the reply and the end, in milliseconds. */
const STAY_MS = 1_000;
/** Connections that are being opened at a time, until all are there. */
const BATCH = 200;

const counts = { opened: 0, failed: 0, replies: 0, cut: 0, open: 0 } satisfies CrowdCounts;
const dripping = new Set<net.Socket>();
let leaving = false;

const print = (): void => void process.stdout.write(`${JSON.stringify(counts)}\n`);

/** Opens one connection; resolves when it is established, or could not be. */
function visit(index: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = net.connect({ port: Number(port), host: '127.0.0.1' });
  let established = false;
  let ended = false;
  counts.open += 1;
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    established = true;
    counts.opened += 1;
    behave(socket, index);
    resolve();
  });
  // Everything is read, so that the end is seen.
  socket.on('data', (chunk) => {
    if (kind !== 'insistent' || ended || chunk.toString() !== 'HELLO\n') return;
    counts.replies += 1;
    ended = true;
    setTimeout(() => socket.end(), STAY_MS);
  });
  socket.once('close', () => {
    counts.open -= 1;
    dripping.delete(socket);
    if (!established) counts.failed += 1;
    else if (!ended) counts.cut += 1;
    resolve();
    if (leaving) {
      if (counts.open === 0) print();
    } else if (kind !== 'idle') {
      setTimeout(
        () => {
          if (!leaving) void visit(index);
        },
        2 * Math.random() * PAUSE_MS,
      ); // they know nothing of each other
    }
  });
  return promise;
}

function behave(socket: net.Socket, index: number): void {
  if (kind === 'insistent') socket.write('hello\n');
  if (kind !== 'slow') return;
  if (index % 4 === 0) return;
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  dripping.add(socket);
}

setInterval(() => {
  for (const socket of dripping) socket.write('X-a: b\r\n');
}, 1_000);

for (let index = 0; index < Number(count); index += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, Number(count) - index) }, (_, nth) =>
    visit(index + nth),
  );
  await Promise.all(batch);
}
print();
for await (const line of createInterface(process.stdin)) {
  if (line === 'counts') print();
  else {
    leaving = true;
    if (counts.open === 0) print();
  }
}
process.exit();
