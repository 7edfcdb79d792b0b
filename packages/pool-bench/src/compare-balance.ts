import { once } from 'node:events';
import net from 'node:net';
import { BenchServer } from './bench-server.ts';
import type { Contender } from './compare.ts';

/** One visitor's connections, in the order in which they open: true for one that stays. */
const VISIT = [true, false, false, false] as const;

/** Of those that stay, each so-many-th is busy all the time; the others are idle. */
const BUSY_EVERY = 5;

/** Rounds in which visitors come, and some of those who stayed go. */
const ROUNDS = 12;

const VISITORS_PER_ROUND = 24;

/** The share of those who stayed that goes in each round. */
const LEAVING = 0.15;

interface Stayer {
  readonly socket: net.Socket;
  readonly worker: string;
}

/**
 * Shows how evenly long-lived connections are spread: visitors come one after the other,
 * each opens one connection that stays and three that close at once, as a page with a
 * WebSocket and three resources does. Some of those that stay are busy all the time,
 * the others idle; and after each round some of them, drawn at random, go. Prints the
 * ratio of the busiest worker's open connections to the idlest one's.
 *
 * @param contenders servers whose handler is `tells-worker`
 * @param workers how many workers each has
 */
export async function compareBalance(
  contenders: readonly Contender[],
  workers: number,
): Promise<void> {
  console.log(
    `\nLong-lived connections among short ones: open connections of the busiest worker for each ` +
      `of the idlest one's, ${workers} workers, ${ROUNDS} rounds`,
  );
  for (const contender of contenders) {
    const ratios = await measureBalance(contender, workers);
    console.log(
      `  ${contender.name.padEnd(54)} at the end ${show(ratios.at(-1) ?? Number.NaN).padEnd(14)} worst ${show(Math.max(...ratios))}`,
    );
  }
}

/** The ratio after each round but the first two, in which there are few connections yet. */
async function measureBalance(contender: Contender, workers: number): Promise<number[]> {
  await using server = await BenchServer.start(contender.program, contender.args);
  const random = repeatableRandom(11);
  const staying: Stayer[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let leaving = Math.floor(staying.length * LEAVING); leaving > 0; leaving -= 1) {
      const [gone] = staying.splice(Math.floor(random() * staying.length), 1);
      if (gone !== undefined) await end(gone.socket);
    }
    for (let visitor = 0; visitor < VISITORS_PER_ROUND; visitor += 1) {
      for (const stays of VISIT) {
        const connection = await connect(server.port);
        if (!stays) await end(connection.socket);
        else if (staying.push(connection) % BUSY_EVERY === 0) keepBusy(connection.socket);
      }
    }
    if (round >= 2) ratios.push(busiestToIdlest(staying, workers));
  }
  for (const { socket } of staying) socket.destroy();
  return ratios;
}

function show(ratio: number): string {
  return ratio === Infinity ? 'idlest has 0' : ratio.toFixed(2);
}

function busiestToIdlest(staying: readonly Stayer[], workers: number): number {
  const loads = new Map<string, number>();
  for (const { worker } of staying) loads.set(worker, (loads.get(worker) ?? 0) + 1);
  const idlest = loads.size < workers ? 0 : Math.min(...loads.values());
  return Math.max(...loads.values()) / idlest;
}

async function connect(port: number): Promise<Stayer> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
  const [worker] = (await once(socket, 'data')) as [string];
  return { socket, worker };
}

async function end(socket: net.Socket): Promise<void> {
  socket.removeAllListeners('data');
  socket.resume().end();
  await once(socket, 'close');
}

/** One message after the other. */
function keepBusy(socket: net.Socket): void {
  socket.on('data', () => {
    if (socket.writable) socket.write('x\n');
  });
  socket.write('x\n');
}

/** The same numbers in every run (Park and Miller's minimal standard). */
function repeatableRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
