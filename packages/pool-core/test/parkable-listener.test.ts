import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { receiveMessageOnPort } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { ParkableListener } from '../src/listener/parkable-listener.ts';

/** Makes a listener that answers each client with its number. */
function answering(options: net.ServerOpts = {}) {
  const accepted: net.Socket[] = [];
  const errors: Error[] = [];
  const listener = new ParkableListener(
    options,
    {
      connection: (connection) => {
        accepted.push(connection);
        connection.on('error', (error) => errors.push(error));
        connection.end(`${accepted.length}`);
        connection.resume();
      },
      acceptError: (error) => errors.push(error),
    },
    receiveMessageOnPort,
  );
  onTestFinished(() => listener.close());
  return { listener, accepted, errors };
}

async function listenOnTcp(listener: ParkableListener): Promise<net.AddressInfo> {
  return (await listener.listen({ port: 0, host: '127.0.0.1' })) as net.AddressInfo;
}

/** Connects; `reply` resolves to what came until the end, or to the error's code. */
function connect(where: net.AddressInfo | string) {
  const socket =
    typeof where === 'string' ? net.connect(where) : net.connect(where.port, where.address);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const { promise: reply, resolve } = Promise.withResolvers<string>();
  socket
    .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    .on('close', () => resolve(text));
  const { promise: connected, resolve: onConnect } = Promise.withResolvers<void>();
  socket.once('connect', onConnect);
  return { socket, reply, connected };
}

async function openDescriptors(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

/** Gives a listener that accepts every chance to do so. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

test('A parked listener accepts nothing, and serves those who waited once unparked', async () => {
  const { listener, accepted } = answering();
  const address = await listenOnTcp(listener);
  listener.park();
  listener.park();
  expect(listener.parked).toBe(true);
  const clients = [connect(address), connect(address)];
  await Promise.all(clients.map(({ connected }) => connected));
  await turns();
  expect(accepted).toHaveLength(0);
  listener.unpark();
  listener.unpark();
  expect(listener.parked).toBe(false);
  const replies = await Promise.all(clients.map(({ reply }) => reply));
  expect(replies.toSorted()).toEqual(['1', '2']);
});

test('200 rounds of parking lose nobody who connects meanwhile, and leak no descriptor', async () => {
  const { listener, accepted, errors } = answering();
  const address = await listenOnTcp(listener);
  await connect(address).reply;
  await expect.poll(() => accepted.every(({ closed }) => closed)).toBe(true);
  const before = process.platform === 'linux' ? await openDescriptors() : 0;
  const replies: string[] = [];
  for (let round = 0; round < 200; round += 1) {
    const early = connect(address);
    listener.park();
    const late = connect(address);
    await late.connected;
    listener.unpark();
    replies.push(...(await Promise.all([early.reply, late.reply])));
  }
  expect(new Set(replies).size).toBe(400);
  expect(replies.every((reply) => Number(reply) >= 2 && Number(reply) <= 401)).toBe(true);
  expect(errors).toEqual([]);
  if (process.platform === 'linux') await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
});

test('A listener that was parked sets up its connections as before', async () => {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = new ParkableListener(
    { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true },
    { connection: accepted.resolve, acceptError: accepted.reject },
    receiveMessageOnPort,
  );
  onTestFinished(() => listener.close());
  const address = await listenOnTcp(listener);
  listener.park();
  listener.unpark();
  const client = connect(address);
  client.socket.write('early');
  const served = await accepted.promise;
  await turns();
  expect([served.allowHalfOpen, served.bytesRead, served.isPaused()]).toEqual([true, 0, true]);
  served.destroy();
});

test.skipIf(process.platform === 'win32').each([
  ['before it is parked', 'before'],
  ['by another thread at the moment of parking', 'meanwhile'],
])(
  'A listener for which there are no descriptors left is not lost, and goes on when there are: taken %s',
  async (_, when) => {
    const program = fileURLToPath(
      new URL('./fixtures/parks-without-descriptors.ts', import.meta.url),
    );
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      'ulimit -n 64; exec "$0" "$@"',
      process.execPath,
      program,
      when,
    ]);
    expect(stdout).toBe('served\n');
  },
);

test('close() while parked refuses new clients', async () => {
  const { listener, accepted } = answering();
  const address = await listenOnTcp(listener);
  listener.park();
  listener.close();
  listener.close();
  expect(await connect(address).reply).toBe('ECONNREFUSED');
  listener.unpark();
  listener.park();
  expect(await connect(address).reply).toBe('ECONNREFUSED');
  expect(accepted).toHaveLength(0);
});

test('close() leaves accepted connections alone', async () => {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = new ParkableListener(
    {},
    { connection: (connection) => accepted.resolve(connection), acceptError: accepted.reject },
    receiveMessageOnPort,
  );
  const client = connect(await listenOnTcp(listener));
  const served = await accepted.promise;
  listener.close();
  served.end('still here');
  served.resume();
  expect(await client.reply).toBe('still here');
});

test('park() before listen() does nothing', async () => {
  const { listener } = answering();
  listener.park();
  expect(listener.parked).toBe(false);
  expect(await connect(await listenOnTcp(listener)).reply).toBe('1');
});

test.skipIf(process.platform === 'win32')(
  'A unix-domain listener holds back what it accepts while parked',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockpool-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'listener.sock');
    const { listener, accepted } = answering();
    expect(await listener.listen({ path })).toBe(path);
    listener.park();
    const clients = [connect(path), connect(path)];
    await Promise.all(clients.map(({ connected }) => connected));
    await turns();
    expect(accepted).toHaveLength(0);
    listener.unpark();
    const replies = await Promise.all(clients.map(({ reply }) => reply));
    expect(replies.toSorted()).toEqual(['1', '2']);
  },
);

test.skipIf(process.platform === 'win32')(
  'A unix-domain listener forgets who went away while it was held back',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockpool-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'listener.sock');
    const { listener, accepted } = answering();
    await listener.listen({ path });
    listener.park();
    const quitter = connect(path);
    quitter.socket.end();
    // It is accepted and closed again, unseen, by the time that its own end has closed.
    await quitter.reply;
    await turns();
    const stayer = connect(path);
    await stayer.connected;
    await turns();
    listener.unpark();
    // Whoever counts connections would never hear of the end of one that has closed already.
    expect(await stayer.reply).toBe('1');
    expect(accepted).toHaveLength(1);
  },
);

test('close() while listen() is under way leaves nothing that listens', async () => {
  const { listener, accepted } = answering();
  const listening = listenOnTcp(listener);
  listener.close();
  const address = await listening;
  expect(await connect(address).reply).toBe('ECONNREFUSED');
  expect(accepted).toHaveLength(0);
});

/** Connections that the kernel lets wait, whatever a program asks for; 0 where that cannot be told. */
async function kernelBacklog(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  return Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8'));
}

const ways: [string, () => net.ListenOptions | { fd: number }][] = [
  ['a port', () => ({ port: 0, host: '127.0.0.1' })],
  ['a bound socket', () => ({ handle: new net.BoundSocket({ port: 0, host: '127.0.0.1' }) })],
  ['a descriptor', () => ({ fd: new net.BoundSocket({ port: 0, host: '127.0.0.1' }).fd() })],
];

test.skipIf((await kernelBacklog()) < 1_000).each(ways)(
  'As many clients wait as the backlog says, also after parking, with %s',
  async (_, where) => {
    const { listener } = answering();
    const options = { ...where(), backlog: 2_000 };
    const address = (await listener.listen(options)) as net.AddressInfo;
    for (let round = 0; round < 2; round += 1) {
      listener.park();
      // Node's default backlog has no room for half of them.
      const clients = Array.from({ length: 1_000 }, () => connect(address));
      await Promise.all(clients.map(({ connected }) => connected));
      listener.unpark();
      await Promise.all(clients.map(({ reply }) => reply));
    }
  },
);
