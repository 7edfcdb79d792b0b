import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keptPort } from '@sockpool/port-fixture';
import { startNetworkProxy, type NetworkProxyOptions } from '../src/network/network-proxy.ts';

/** The clocks of two ends are one, but a timer's time is cut to whole milliseconds. */
const CLOCK_MS = 1;

/** Starts a server that keeps its side open until it ends it, and a proxy in front of it. */
async function startBehindProxy(
  options: Omit<NetworkProxyOptions, 'target'>,
  onConnection: (socket: net.Socket) => void,
): Promise<{
  proxy: Awaited<ReturnType<typeof startNetworkProxy>>;
  connect: () => net.Socket;
}> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startNetworkProxy({
    target: server.address() as net.AddressInfo,
    ...options,
  });
  onTestFinished(async () => {
    // The close resets those that are still open, of which the test has no more to say.
    for (const socket of sockets) socket.on('error', () => undefined);
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const connect = (): net.Socket => {
    const socket = net.connect({
      port: proxy.port,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    });
    sockets.add(socket);
    return socket;
  };
  return { proxy, connect };
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** Resolves with the error code of a socket that must end in one. */
async function errorCode(socket: net.Socket): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  socket.on('close', (hadError) => (hadError ? undefined : resolve('closed without an error')));
  return promise;
}

test('passes every byte on in both directions, in order, with jitter and a limit of bytes', async () => {
  const { proxy, connect } = await startBehindProxy(
    { delayMs: 2, jitterMs: 5, bufferBytes: 50_000 },
    (socket) => socket.pipe(socket),
  );
  const sent = randomBytes(2_000_000);
  const client = connect();
  client.end(sent);
  expect(sha256(await buffer(client))).toBe(sha256(sent));
  expect(proxy.stats()).toMatchObject({
    accepted: 1,
    bytesToTarget: sent.length,
    bytesToClients: sent.length,
    targetErrors: {},
  });
});

test('lets nothing arrive before its time: data, ends, and the handshake of a new connection', async () => {
  const delayMs = 30;
  const connectedAtServer: number[] = [];
  const receivedAtServer: number[] = [];
  const endedAtServer: number[] = [];
  const sentAtServer: number[] = [];
  const { connect } = await startBehindProxy({ delayMs }, (socket) => {
    connectedAtServer.push(performance.now());
    socket.on('data', (chunk) => {
      receivedAtServer.push(performance.now());
      sentAtServer.push(performance.now());
      socket.write(chunk);
    });
    socket.on('end', () => {
      endedAtServer.push(performance.now());
      socket.end();
    });
  });
  const startedAt = performance.now();
  const client = connect();
  client.write('one');
  await once(client, 'data');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(4 * delayMs - CLOCK_MS);
  expect((connectedAtServer[0] ?? 0) - startedAt).toBeGreaterThanOrEqual(3 * delayMs - CLOCK_MS);
  expect((receivedAtServer[0] ?? 0) - startedAt).toBeGreaterThanOrEqual(3 * delayMs - CLOCK_MS);

  const writtenAt = performance.now();
  client.write('two');
  await once(client, 'data');
  expect((receivedAtServer[1] ?? 0) - writtenAt).toBeGreaterThanOrEqual(delayMs - CLOCK_MS);
  expect(performance.now() - (sentAtServer[1] ?? 0)).toBeGreaterThanOrEqual(delayMs - CLOCK_MS);

  const endedAt = performance.now();
  const ended = once(client, 'end');
  client.end();
  client.resume();
  await ended;
  expect((endedAtServer[0] ?? 0) - endedAt).toBeGreaterThanOrEqual(delayMs - CLOCK_MS);
  expect(performance.now() - endedAt).toBeGreaterThanOrEqual(2 * delayMs - CLOCK_MS);
});

test('keeps the other direction open after an end', async () => {
  const { connect } = await startBehindProxy({ delayMs: 5 }, (socket) => {
    // The reply begins when the client has ended.
    let request = '';
    socket.on('data', (chunk) => (request += chunk.toString()));
    socket.on('end', () => socket.end(request.toUpperCase()));
  });
  const client = connect();
  client.end('half open');
  expect(await text(client)).toBe('HALF OPEN');
});

test("passes a server's reset on as a reset, after its time and after the bytes before it", async () => {
  const delayMs = 20;
  let resetAt = 0;
  const { connect } = await startBehindProxy({ delayMs }, (socket) => {
    socket.once('data', () => {
      socket.write('last words', () => {
        resetAt = performance.now();
        socket.resetAndDestroy();
      });
    });
  });
  const client = connect();
  const heard: string[] = [];
  client.on('data', (chunk) => heard.push(chunk.toString()));
  client.write('hello');
  expect(await errorCode(client)).toBe('ECONNRESET');
  expect(performance.now() - resetAt).toBeGreaterThanOrEqual(delayMs - CLOCK_MS);
  expect(heard.join('')).toBe('last words');
});

test("passes a client's reset on as a reset", async () => {
  const reset = Promise.withResolvers<string | undefined>();
  const { connect } = await startBehindProxy({ delayMs: 5 }, (socket) => {
    socket.resume();
    void errorCode(socket).then(reset.resolve);
    socket.write('greeting');
  });
  const client = connect();
  await once(client, 'data');
  client.resetAndDestroy();
  expect(await reset.promise).toBe('ECONNRESET');
});

test('gives a limited line no more bytes than its time allows', async () => {
  const { connect } = await startBehindProxy({ bytesPerSecond: 100_000 }, (socket) => {
    socket.pipe(socket);
  });
  const client = connect();
  const startedAt = performance.now();
  const sent = randomBytes(20_000);
  client.end(sent);
  const received = await buffer(client);
  expect(sha256(received)).toBe(sha256(sent));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(200 - CLOCK_MS);
});

test('slows a sender down while the receiver reads nothing, and loses nothing of it', async () => {
  const bufferBytes = 100_000;
  const accepted = Promise.withResolvers<net.Socket>();
  const { proxy, connect } = await startBehindProxy({ delayMs: 1, bufferBytes }, (socket) => {
    socket.pause();
    accepted.resolve(socket);
  });
  const client = connect();
  const sent = randomBytes(64_000_000);
  client.end(sent);
  const server = await accepted.promise;
  // Buffers of four sockets in the kernel fill; then nothing moves any more.
  let before = -1;
  await expect
    .poll(
      () => {
        const now = client.bytesWritten - client.writableLength + proxy.stats().bytesToTarget;
        const still = now === before;
        before = now;
        return still;
      },
      { interval: 250 },
    )
    .toBe(true);
  expect(client.writableLength).toBeGreaterThan(0);
  expect(proxy.stats().bytesToTarget).toBeLessThan(sent.length / 2);
  const hash = sha256(await buffer(server));
  expect(hash).toBe(sha256(sent));
});

test('keeps everything back while it is held, and then delivers it in order', async () => {
  const heard: string[] = [];
  const { proxy, connect } = await startBehindProxy({ delayMs: 1 }, (socket) => {
    socket.on('data', (chunk) => {
      heard.push(chunk.toString());
      socket.write(chunk);
    });
    socket.on('end', () => socket.end());
  });
  const first = connect();
  first.write('a');
  await once(first, 'data');
  proxy.hold();
  const second = connect();
  second.write('new');
  first.write('b');
  first.write('c');
  first.end();
  await expect.poll(() => proxy.stats().accepted).toBe(2);
  // What is sent later is due later: had 'b' come through, so had what goes and comes there.
  const other = await startBehindProxy({ delayMs: 5 }, (socket) => socket.pipe(socket));
  const witness = other.connect();
  witness.write('later');
  await once(witness, 'data');
  expect(heard).toEqual(['a']);
  proxy.release();
  expect(await text(first)).toBe('bc');
  await once(second, 'data');
  expect(heard.join('')).toContain('new');
});

test('cuts every connection on both sides', async () => {
  const serverSides: Promise<string | undefined>[] = [];
  const { proxy, connect } = await startBehindProxy({}, (socket) => {
    serverSides.push(errorCode(socket));
    socket.write('greeting');
    socket.resume();
  });
  const clients = [connect(), connect()];
  await Promise.all(clients.map((client) => once(client, 'data')));
  const errors = clients.map(errorCode);
  expect(proxy.cut()).toBe(2);
  expect(await Promise.all(errors)).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(await Promise.all(serverSides)).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(proxy.stats()).toMatchObject({ open: 0, cut: 2 });
});

test('cuts connections at the age that it is told', async () => {
  const { proxy, connect } = await startBehindProxy({ cutAfterMs: [20, 40] }, (socket) => {
    socket.resume();
  });
  const startedAt = performance.now();
  expect(await errorCode(connect())).toBe('ECONNRESET');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(20 - CLOCK_MS);
  expect(proxy.stats().cut).toBe(1);
});

test('changes its conditions while it runs', async () => {
  const { proxy, connect } = await startBehindProxy({ jitterMs: 0 }, (socket) => {
    socket.pipe(socket);
  });
  const client = connect();
  client.write('a');
  await once(client, 'data');
  proxy.change({ delayMs: 40 });
  expect(proxy.conditions).toMatchObject({ delayMs: 40, jitterMs: 0 });
  const startedAt = performance.now();
  client.write('b');
  await once(client, 'data');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(80 - CLOCK_MS);
  expect(() => proxy.change({ delayMs: -1 })).toThrow(RangeError);
  expect(proxy.conditions.delayMs).toBe(40);
});

test('resets a connection that the target refuses, and says why', async () => {
  const target = { port: await keptPort(), host: '127.0.0.1' };
  await using proxy = await startNetworkProxy({ target, delayMs: 5 });
  const client = net.connect(proxy.port, '127.0.0.1');
  client.write('hello');
  expect(await errorCode(client)).toBe('ECONNRESET');
  expect(proxy.stats().targetErrors).toEqual({ ECONNREFUSED: 1 });
});

test('leads to a unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'network-proxy-'));
  const path = join(folder, 'server.sock');
  const closes: Promise<unknown>[] = [];
  const server = net.createServer((socket) => {
    closes.push(once(socket, 'close'));
    socket.pipe(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  await using proxy = await startNetworkProxy({ target: path, delayMs: 1 });
  const client = net.connect(proxy.port, '127.0.0.1');
  client.end('over a path');
  expect(await text(client)).toBe('over a path');
  const other = net.connect(proxy.port, '127.0.0.1');
  other.write('reset');
  await once(other, 'data');
  other.resetAndDestroy();
  await Promise.all(closes);
});

test('close() resets what is open and frees the port', async () => {
  const { proxy, connect } = await startBehindProxy({ delayMs: 1 }, (socket) => {
    socket.write('greeting');
    socket.resume();
  });
  const client = connect();
  await once(client, 'data');
  const code = errorCode(client);
  await proxy.close();
  expect(await code).toBe('ECONNRESET');
  expect(proxy.stats().open).toBe(0);
  expect(await errorCode(connect())).toBe('ECONNREFUSED');
  await proxy.close();
});

test.each([
  [{ delay: 5 }, /Unknown option delay of startNetworkProxy\(\): did you mean delayMs\?/],
  [{ color: 5 }, /Unknown option color of .*: allowed are target, host/],
  [{ delayMs: -1 }, /Option delayMs must be a number, 0 to \d+, got -1/],
  [{ delayMs: '5' }, /Option delayMs must be a number, got '5'/],
  [{ bytesPerSecond: 0 }, /Option bytesPerSecond must be a number, 1 or more, got 0/],
  [{ cutAfterMs: 5 }, /Option cutAfterMs must be \[min, max\], got 5/],
  [{ target: 80 }, /Option target must be .*, got 80/],
  [{ target: { host: 'localhost' } }, /Option target must be .*, got \{ host: 'localhost' \}/],
  [{ target: { port: 0 } }, /Option target\.port must be a whole number, 1 to 65535, got 0/],
])('refuses %o', async (wrong, message) => {
  const options = { target: { port: 9 }, ...wrong } as NetworkProxyOptions;
  await expect(startNetworkProxy(options)).rejects.toThrow(message);
});

test('closes what it cuts in the moment in which it passes an end on', async () => {
  const { proxy, connect } = await startBehindProxy({}, (socket) => void socket.end());
  const { promise: passedOn, resolve } = Promise.withResolvers<void>();
  const { end } = net.Socket.prototype;
  const ends = vi.spyOn(net.Socket.prototype, 'end').mockImplementation(function (
    this: net.Socket,
    ...args: unknown[]
  ) {
    Reflect.apply(end, this, args);
    // The proxy's own sockets are those between the client's and the server's.
    if (this.localPort === proxy.port) {
      proxy.cut();
      resolve();
    }
    return this;
  });
  onTestFinished(() => ends.mockRestore());
  const client = connect().on('error', () => undefined);
  await passedOn;
  await proxy.close();
  expect(proxy.stats()).toMatchObject({ open: 0, cut: 1 });
  client.destroy();
});
