import { getEventListeners, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Departure, ServerHandlerOptions } from '../src/index.ts';
import { get, host, immediate, replies, text } from './fixtures/hosted-server.ts';

/** Sends in two pieces: were the server's socket closed, the first would make the second fail. */
function sendMoreAfterReply(client: net.Socket, more: string): void {
  client.once('data', () => {
    client.write(more);
    client.write(more);
  });
}
test('A reply that is being streamed is finished before its connection ends', async () => {
  const server = http.createServer((_, response) => void response.write('begun '));
  const { connect, leave } = await host(server, { idleGraceMs: 0 });
  const client = connect();
  client.write(get('/'));
  const [, response] = (await once(server, 'request')) as [unknown, http.ServerResponse];
  const received = text(client);
  leave();
  response.end('done');
  expect(await received).toMatch(/begun .*done\r\n0\r\n\r\n$/s);
});

test('Idle connections, and those that never had a request, end without a reset', async () => {
  const { connect, leave, open } = await host(http.createServer(immediate), { idleGraceMs: 0 });
  const used = connect();
  used.write(get('/used'));
  await once(used, 'data');
  const fresh = connect();
  await open(2);
  const ends = Promise.all([text(used), text(fresh)]);
  leave();
  expect(await ends).toEqual(['', '']);
});

test('A connection that comes after the signal is served, and then closed', async () => {
  const { connect, leave, open } = await host(http.createServer(immediate), { idleGraceMs: 0 });
  connect();
  await open(1);
  leave();
  const late = connect();
  late.write(get('/late'));
  expect(replies(await text(late))).toEqual([{ body: '/late', close: true }]);
});

test('A request that waits in the kernel while the event loop is busy is answered', async () => {
  const { connect, leave, open } = await host(http.createServer(immediate), { idleGraceMs: 0 });
  const client = connect();
  await open(1);
  await expect.poll(() => client.pending, { interval: 1 }).toBe(false);
  const received = text(client);
  // From here on, timers come before sockets in the event loop.
  await setImmediate();
  client.write(get('/unread'));
  leave();
  for (const until = performance.now() + 20; performance.now() < until;);
  expect(replies(await received)).toEqual([{ body: '/unread', close: true }]);
});

test('A request whose second half comes after the signal is answered', async () => {
  const { connect, leave, open } = await host(http.createServer(immediate), { idleGraceMs: 0 });
  const client = connect();
  const other = connect();
  const received = text(client);
  const [first = '', second = ''] = ['GET /halves HTTP/1.1\r\nHo', 'st: test\r\n\r\n'];
  client.write(first);
  await open(2);
  // By the time this one is answered, the half has arrived.
  other.write(get('/other'));
  await once(other, 'data');
  leave();
  await once(other, 'close');
  client.write(second);
  expect(replies(await received)).toEqual([{ body: '/halves', close: true }]);
});

test('A client that still sends its upload gets the early reply, and no reset', async () => {
  const server = http.createServer((_, response) => {
    response.statusCode = 413;
    response.end('too large');
  });
  const { connect, leave, open } = await host(server, { idleGraceMs: 60_000 });
  const client = connect();
  const received = text(client);
  await open(1);
  leave();
  sendMoreAfterReply(client, 'second part');
  client.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\nfirst part');
  expect(replies(await received)).toEqual([{ body: 'too large', close: true }]);
});

test('A client that sends more after the last reply gets no reset, and the application no request', async () => {
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests += 1;
    response.end(request.url);
  });
  const { connect, leave, open } = await host(server, { idleGraceMs: 60_000 });
  const client = connect();
  const received = text(client);
  sendMoreAfterReply(client, get('/too-late'));
  await open(1);
  leave();
  client.write(get('/last'));
  expect(replies(await received)).toEqual([{ body: '/last', close: true }]);
  expect(requests).toBe(1);
});

test('A client that sends its head too slowly gets a 408, as from a server that listens', async () => {
  // Node resets a connection of which it has read nothing by then, as on a busy machine.
  const server = http.createServer({ headersTimeout: 1_000, connectionsCheckingInterval: 100 });
  const { connect } = await host(server);
  const client = connect();
  client.write('GET / HTTP/1.1\r\nHost:');
  expect(await text(client)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('A net server that was made with allowHalfOpen keeps it', async () => {
  const server = net.createServer({ allowHalfOpen: true }, (connection) => {
    connection.resume().once('end', () => connection.end('after your end'));
  });
  const client = (await host(server)).connect();
  client.end();
  expect(await text(client)).toBe('after your end');
});

test('An upgraded connection is left to the application, which is told to end it', async () => {
  const upgraded: net.Socket[] = [];
  const server = http.createServer().on('upgrade', (_, socket: net.Socket) => {
    upgraded.push(socket);
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    socket.on('data', (chunk) => socket.write(chunk));
  });
  const upgrade = 'GET / HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n';
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const { connect, leave, open } = await host(server, { idleGraceMs: 0, onDraining: resolve });
  const early = connect();
  early.write(upgrade);
  await once(early, 'data');
  const late = connect();
  await open(2);
  late.write(upgrade.slice(0, 20));
  leave();
  await told;
  late.write(upgrade.slice(20));
  await once(late, 'data');
  for (const client of [early, late]) {
    client.write('still here');
    expect(String((await once(client, 'data'))[0])).toBe('still here');
  }
  // Nothing of ours is left on the sockets.
  expect(upgraded.map((socket) => socket.listenerCount('data'))).toEqual([1, 1]);
  expect(upgraded.map((socket) => Object.hasOwn(socket, 'destroySoon'))).toEqual([false, false]);
  const ends = [early, late].map((client) => text(client));
  for (const socket of upgraded) socket.end('bye');
  expect(await Promise.all(ends)).toEqual(['bye', 'bye']);
});

test('A thousand connections leave no listener on the signal and none on the server', async () => {
  const server = http.createServer(immediate);
  const { connect, worker } = await host(server);
  const count = (): number[] => server.eventNames().map((event) => server.listenerCount(event));
  const before = count();
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = connect();
        client.end(get('/'));
        await text(client);
      }),
    );
  }
  expect(getEventListeners(worker.signal, 'abort')).toHaveLength(0);
  expect(count()).toEqual(before);
});

test('An onDraining that fails is logged, and the connections end all the same', async () => {
  const { connect, leave, open, errors } = await host(http.createServer(immediate), {
    idleGraceMs: 0,
    onDraining: () => {
      throw new Error('no goodbye');
    },
  });
  const client = connect();
  await open(1);
  leave();
  expect(await text(client)).toBe('');
  expect(errors).toEqual(['onDraining failed']);
});

/** Has an idle connection that was used once. */
async function usedOnce(
  options?: ServerHandlerOptions,
): Promise<{ client: net.Socket; leave: (departure: Partial<Departure>) => void }> {
  const { connect, leave } = await host(http.createServer(immediate), options);
  const client = connect();
  client.write(get('/used'));
  await once(client, 'data');
  return { client, leave };
}

test('In a restart an idle connection stays open, whatever idleGraceMs, and its next reply says close', async () => {
  const { client, leave } = await usedOnce({ idleGraceMs: 0 });
  leave({ reason: 'restart', deadlineMs: performance.now() + 600_000 });
  const received = text(client);
  // Were it ended, that would be seen by now.
  await setTimeout(50);
  client.write(get('/next'));
  expect(replies(await received)).toEqual([{ body: '/next', close: true }]);
});

test('In a restart an idle connection is ended when the grace period is nearly over', async () => {
  const { client, leave } = await usedOnce({ idleGraceMs: 600_000 });
  leave({ reason: 'restart', deadlineMs: performance.now() + 200 });
  expect(await text(client)).toBe('');
});

test('A close that comes during a restart ends idle connections by its own terms', async () => {
  const { client, leave } = await usedOnce({ idleGraceMs: 0 });
  leave({ reason: 'restart', deadlineMs: Infinity });
  leave({ reason: 'close' });
  expect(await text(client)).toBe('');
});

test("onDraining waits for connections by which a request may come; the server's close() for all of them", async () => {
  const server = http.createServer(immediate);
  const events: string[] = [];
  const { connect, leave, open, work } = await host(server, {
    idleGraceMs: 600_000,
    onDraining: async () => {
      events.push('onDraining');
      await promisify(server.close.bind(server))();
      events.push('closed');
    },
  });
  const client = connect();
  await open(1);
  leave({ reason: 'restart' });
  client.write(get('/last'));
  const received = text(client).then((bytes) => {
    events.push('ended');
    return bytes;
  });
  expect(replies(await received)).toEqual([{ body: '/last', close: true }]);
  await expect.poll(() => work.length).toBe(1);
  await work[0];
  expect(events.at(0)).toBe('onDraining');
  expect(events).toContain('closed');
});
