import type { AddressInfo } from 'node:net';
import { ProcessPool } from '@sockpool/process-pool';
import { type PoolOptions, ThreadPool } from '@sockpool/thread-pool';
import { io, type Socket } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';

const POOLS = [
  ['ProcessPool accepting in the workers', ProcessPool, { accept: 'worker' }],
  ['ProcessPool accepting in the primary', ProcessPool, { accept: 'primary' }],
  ['ThreadPool accepting in the workers', ThreadPool, { accept: 'worker' }],
  ['ThreadPool accepting in the primary', ThreadPool, { accept: 'primary' }],
] as const;

/** A client, and what it has been told. */
interface Client {
  readonly socket: Socket;
  readonly said: unknown[][];
  readonly disconnects: string[];
}

async function connect(port: number): Promise<Client> {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 10,
  });
  onTestFinished(() => void socket.disconnect());
  const said: unknown[][] = [];
  const disconnects: string[] = [];
  socket.on('said', (...args: unknown[]) => void said.push(args));
  socket.on('question', (answer: (text: string) => void) => answer(`by ${socket.id}`));
  socket.on('disconnect', (reason) => void disconnects.push(reason));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return { socket, said, disconnects };
}

describe.each(POOLS)('Socket.IO on a %s', (_name, Pool, options) => {
  /** A pool of two workers, and a client of each. */
  async function chat(): Promise<{ pool: ProcessPool | ThreadPool; clients: [Client, Client] }> {
    const entries: string[] = [];
    const log = (message: string): void => void entries.push(message);
    const poolOptions: PoolOptions = {
      handler: new URL('./fixtures/chat-handler.ts', import.meta.url),
      workers: 2,
      closeOnSignals: false,
      bootTimeoutMs: 60_000,
      shutdown: { graceMs: 60_000 },
      logger: { debug: log, info: log, warn: log, error: log },
      ...options,
    };
    const pool = new Pool(poolOptions);
    onTestFinished(async () => {
      await pool.destroy();
    });
    const { port } = (await pool.listen()) as AddressInfo;
    const byWorker = new Map<number, Client>();
    while (byWorker.size < 2) {
      const client = await connect(port);
      const worker = await client.socket.emitWithAck('worker');
      if (byWorker.has(worker)) client.socket.disconnect();
      else byWorker.set(worker, client);
    }
    const clients = [byWorker.get(0)!, byWorker.get(1)!] as [Client, Client];
    // Until each worker has heard of the other one.
    await expect
      .poll(async () =>
        Promise.all(
          clients.map(async ({ socket }) => (await socket.emitWithAck('everybody')).length),
        ),
      )
      .toEqual([2, 2]);
    return { pool, clients };
  }

  test('reaches the clients of all workers by emit() and broadcast, with bytes as they are', async () => {
    const { clients } = await chat();
    const [one, two] = clients;
    one.socket.emit('say', 'hello', Buffer.from('bytes'));
    await expect.poll(() => clients.map(({ said }) => said.length)).toEqual([1, 1]);
    for (const { said } of clients) expect(said[0]).toEqual(['hello', Buffer.from('bytes')]);
    two.socket.emit('sayToOthers', 'only you');
    await expect.poll(() => one.said.length).toBe(2);
    two.socket.emit('say', 'all');
    await expect.poll(() => two.said.map(([text]) => text)).toEqual(['hello', 'all']);
  });

  test('has rooms across workers, and lets them be joined from elsewhere', async () => {
    const { clients } = await chat();
    const [one, two] = clients;
    await two.socket.emitWithAck('join', 'red');
    one.socket.emit('sayIn', 'red', 'to red');
    await expect.poll(() => two.said).toEqual([['to red']]);
    one.socket.emit('sayExcept', 'red', 'to others');
    await expect.poll(() => one.said).toEqual([['to others']]);
    one.socket.emit('joinAll', 'blue');
    await expect
      .poll(async () => {
        const everybody = (await one.socket.emitWithAck('everybody')) as { rooms: string[] }[];
        return everybody.filter(({ rooms }) => rooms.includes('blue')).length;
      })
      .toBe(2);
    expect(two.said).toEqual([['to red']]);
  });

  test('asks all workers and all clients', async () => {
    const { clients } = await chat();
    const [one, two] = clients;
    const everybody = (await one.socket.emitWithAck('everybody')) as {
      id: string;
      data: { worker: number };
    }[];
    expect(everybody.map(({ id, data }) => [id, data.worker]).toSorted()).toEqual(
      [
        [one.socket.id, 0],
        [two.socket.id, 1],
      ].toSorted(),
    );
    expect(await one.socket.emitWithAck('askServers')).toEqual([1]);
    expect(await two.socket.emitWithAck('askServers')).toEqual([0]);
    const answers = (await one.socket.emitWithAck('askClients')) as string[];
    expect(answers.toSorted()).toEqual([`by ${one.socket.id}`, `by ${two.socket.id}`].toSorted());
  });

  test('its clients come again by themselves when a restart ends their worker, and are all there', async () => {
    const { pool, clients } = await chat();
    await pool.restart();
    await expect.poll(() => clients.map(({ socket }) => socket.connected)).toEqual([true, true]);
    expect(clients.map(({ disconnects }) => disconnects)).toEqual([
      ['transport close'],
      ['transport close'],
    ]);
    const [one] = clients;
    // No worker that is gone is waited for.
    expect(await one.socket.emitWithAck('everybody')).toHaveLength(2);
    one.socket.emit('say', 'again');
    await expect.poll(() => clients.map(({ said }) => said)).toEqual([[['again']], [['again']]]);
  });
});
