import { getEventListeners, once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Departure,
  serverHandler,
  type ServerHandlerOptions,
  type WorkerContext,
} from '../src/index.ts';
import { WorkerContexts } from '../src/hosting/worker-contexts.ts';

const ignore = (): undefined => undefined;

/** Serves by a handler as a worker does, without a pool. */
async function host(
  server: net.Server,
  options?: ServerHandlerOptions,
): Promise<{
  connect: () => net.Socket;
  /** Waits until the server has so many connections open. */
  open: (count: number) => Promise<void>;
  /** The server's sides of the connections. */
  connections: readonly net.Socket[];
  /** Tells that the worker goes away, by a close unless told otherwise. */
  leave: (departure?: Partial<Departure>) => void;
  worker: WorkerContext;
  /** What the worker is to wait for. */
  work: readonly PromiseLike<unknown>[];
  errors: string[];
}> {
  const handler = serverHandler(server, options);
  const errors: string[] = [];
  const logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (message: string) => void errors.push(message),
  };
  const work: PromiseLike<unknown>[] = [];
  const contexts = new WorkerContexts({
    workerId: 0,
    logger,
    workerData: undefined,
    waitUntil: (promise) => work.push(promise),
    countMessages: ignore,
  });
  handler.start?.(contexts.worker);
  const connections: net.Socket[] = [];
  const listener = net.createServer((connection) => {
    connections.push(connection.on('error', ignore));
    void handler(connection, contexts.open(connection));
    listener.emit('open');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const clients: net.Socket[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    listener.close();
    await once(listener, 'close');
  });
  return {
    connect: () => {
      const client = net.connect(port, '127.0.0.1');
      clients.push(client);
      return client;
    },
    open: async (count) => {
      while (connections.length < count) await once(listener, 'open');
    },
    connections,
    leave: (departure) =>
      contexts.leave({
        reason: 'close',
        deadlineMs: Infinity,
        expectsConnections: false,
        ...departure,
      }),
    worker: contexts.worker,
    work,
    errors,
  };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;

/** What a client receives until its connection is gone, which must not be by an error. */
async function text(client: net.Socket): Promise<string> {
  let received = '';
  client.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  await once(client, 'close');
  return received;
}

/** Sends in two pieces: were the server's socket closed, the first would make the second fail. */
function sendMoreAfterReply(client: net.Socket, more: string): void {
  client.once('data', () => {
    client.write(more);
    client.write(more);
  });
}

/** The bodies of replies that have a Content-Length, and whether each head says close. */
function replies(received: string): { body: string; close: boolean }[] {
  const found: { body: string; close: boolean }[] = [];
  for (let rest = received; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    found.push({
      body: rest.slice(end, end + length),
      close: /^connection: close/im.test(head),
    });
    rest = rest.slice(end + length);
  }
  return found;
}

const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
const answered = paths.map((body, index) => ({ body, close: index === paths.length - 1 }));

/** Replies before the next pipelined request is parsed. */
const immediate: http.RequestListener = (request, response) => void response.end(request.url);
/** Replies later. */
const deferred: http.RequestListener = (request, response) => {
  void setImmediate().then(() => response.end(request.url));
};

test.each([
  ['at once', immediate],
  ['later', deferred],
])(
  'A draining server that replies %s sees pipelined requests behind a head that comes in two pieces',
  async (_, listener) => {
    const bytes = paths.map(get).join('');
    const headBytes = get('/0').length;
    for (const split of [1, 2, headBytes - 3, headBytes - 2, headBytes - 1]) {
      const { connect, leave, open, connections } = await host(http.createServer(listener), {
        idleGraceMs: 60_000,
      });
      const client = connect();
      const received = text(client);
      await open(1);
      leave();
      client.write(bytes.slice(0, split));
      await expect.poll(() => connections[0]?.bytesRead, { interval: 1 }).toBe(split);
      client.write(bytes.slice(split));
      expect(replies(await received)).toEqual(answered);
    }
  },
);

test.each([
  ['at once', immediate],
  ['later', deferred],
])(
  'A draining server that replies %s answers 20 requests that come in one piece, and only the last says close',
  async (_, listener) => {
    const { connect, leave, open } = await host(http.createServer(listener), {
      idleGraceMs: 60_000,
    });
    const client = connect();
    const received = text(client);
    await open(1);
    leave();
    client.write(paths.map(get).join(''));
    expect(replies(await received)).toEqual(answered);
  },
);

test('Requests under way are all answered, and only the last says close', async () => {
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    waiting.push(() => void response.end(request.url));
    if (waiting.length === paths.length) server.emit('all');
  });
  const { connect, leave } = await host(server, { idleGraceMs: 0 });
  const client = connect();
  const received = text(client);
  client.write(paths.map(get).join(''));
  await once(server, 'all');
  leave();
  for (const reply of waiting) reply();
  expect(replies(await received)).toEqual(answered);
});

test('A request that comes while another is under way is answered, and takes over the close', async () => {
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    waiting.push(() => void response.end(request.url));
  });
  const { connect, leave } = await host(server, { idleGraceMs: 0 });
  const client = connect();
  const received = text(client);
  client.write(get('/first'));
  await once(server, 'request');
  leave();
  client.write(get('/second'));
  await once(server, 'request');
  for (const reply of waiting) reply();
  expect(replies(await received)).toEqual([
    { body: '/first', close: false },
    { body: '/second', close: true },
  ]);
});

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
