import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConnectionGuard, type GuardOptions, NO_REFUSALS } from '../src/index.ts';

// The clock stands still but when a test moves it, so that no load of the machine matters; sockets
// are real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A second of the tests' time, and a look of the guard at its end. */
async function second(guard: ConnectionGuard): Promise<void> {
  // What the kernel has told by now is seen before.
  for (let turns = 0; turns < 5; turns += 1) await turn();
  vi.advanceTimersByTime(1_000);
  guard.sweep();
}

/** Puts a guard before a server that never listens, and listens in its place. */
async function guarded(server: net.Server, options: GuardOptions) {
  const guard = new ConnectionGuard({ sweepIntervalMs: 2 ** 31 - 1, ...options });
  const listener = net.createServer((connection) => {
    connection.on('error', () => undefined);
    if (!guard.admit(connection)) return;
    // Before the server's own listener writes to it.
    server.prependOnceListener('secureConnection', (secured: tls.TLSSocket) =>
      guard.addLayer(connection, secured),
    );
    server.emit('connection', connection);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    guard.close();
    listener.close();
  });
  return { guard, port: (listener.address() as net.AddressInfo).port };
}

const BODY = Buffer.alloc(24_000_000, 'x');
const pems = await generate([{ name: 'commonName', value: 'localhost' }]);
const credentials = { key: pems.private, cert: pems.cert };

interface Wire {
  readonly name: string;
  readonly server: () => net.Server;
  /** Connects, asks for the body, and gives what it can be read from. */
  readonly read: (port: number) => Promise<Readable>;
}

const ended = <Client extends { destroy(): void }>(client: Client): Client => {
  onTestFinished(() => client.destroy());
  return client;
};

/** One write of the whole body, in every way that it gets to a client. */
const WIRES: readonly Wire[] = [
  {
    name: 'TCP',
    server: () => net.createServer((connection) => connection.end(BODY)),
    read: async (port) => ended(net.connect(port, '127.0.0.1')),
  },
  {
    name: 'TLS',
    server: () =>
      tls.createServer(credentials, (connection) => {
        connection.on('error', () => undefined).end(BODY);
      }),
    read: async (port) =>
      ended(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })),
  },
  {
    name: 'HTTP/1',
    server: () => http.createServer((_request, response) => response.end(BODY)),
    read: async (port) => {
      const agent = ended(new http.Agent());
      const request = http.get({ port, host: '127.0.0.1', agent });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      return response;
    },
  },
  {
    name: 'HTTP/2',
    server: () => http2.createServer((_request, response) => response.end(BODY)),
    read: async (port) => {
      const session = ended(http2.connect(`http://127.0.0.1:${port}`));
      return session.on('error', () => undefined).request({ ':path': '/' });
    },
  },
];

/** Takes so many bytes, or fewer at the end. */
async function take(source: Readable, bytes: number): Promise<number> {
  let taken = 0;
  while (taken < bytes && !source.readableEnded && !source.destroyed) {
    const chunk = source.read(Math.min(bytes - taken, source.readableLength)) as Buffer | null;
    if (chunk !== null) taken += chunk.length;
    else await Promise.race([once(source, 'readable'), once(source, 'end')]);
  }
  return taken;
}

const PACES = [
  { bytesPerSecond: 1_000_000, idleTimeoutMs: 3_000 },
  { bytesPerSecond: 100_000, idleTimeoutMs: 10_000 },
];

describe.each(WIRES)('$name', ({ server, read }) => {
  test.each(PACES)(
    'a client that takes 24 MB at $bytesPerSecond bytes a second is not idle after $idleTimeoutMs ms',
    async ({ bytesPerSecond, idleTimeoutMs }) => {
      const { guard, port } = await guarded(server(), { idleTimeoutMs });
      const source = await read(port);
      source.on('error', () => undefined);
      let taken = 0;
      while (taken < BODY.length) {
        const got = await take(source, bytesPerSecond);
        taken += got;
        if (got === 0) break;
        await second(guard);
      }
      // The kernel delivers what it has taken also on a connection that is idle for the server.
      expect({ taken, slowReader: guard.refusals.slowReader }).toEqual({
        taken: BODY.length,
        slowReader: 0,
      });
    },
  );
});

test.each(WIRES.filter(({ name }) => name !== 'HTTP/2'))(
  '$name: a client that takes nothing of what waits for it is cut after unreadTimeoutMs',
  async ({ server, read }) => {
    const { guard, port } = await guarded(server(), { idleTimeoutMs: 3_000 });
    const source = await read(port);
    source.on('error', () => undefined);
    expect(await take(source, 10_000)).toBe(10_000);
    let seconds = 0;
    while (guard.connections > 0 && seconds < 200) {
      await second(guard);
      seconds += 1;
    }
    expect(guard.refusals).toEqual({ ...NO_REFUSALS, slowReader: 1 });
    expect(seconds).toBeGreaterThanOrEqual(60);
  },
);

test.each(WIRES.filter(({ name }) => name !== 'HTTP/2'))(
  '$name: a client slower than minReadBytesPerSecond is cut, one that is faster is not',
  async ({ server, read }) => {
    const { guard, port } = await guarded(server(), { minReadBytesPerSecond: 400_000 });
    const [slow, fast] = [await read(port), await read(port)];
    for (const source of [slow, fast]) source.on('error', () => undefined);
    let taken = 0;
    while (taken < BODY.length) {
      taken += await take(fast, 1_000_000);
      await take(slow, guard.refusals.slowReader === 0 ? 100_000 : 0);
      await second(guard);
    }
    expect(taken).toBe(BODY.length);
    expect(guard.refusals).toEqual({ ...NO_REFUSALS, slowReader: 1 });
  },
);

test('HTTP/2: a client that waits for late replies is not slow, whatever it asks meanwhile', async () => {
  const streams: http2.ServerHttp2Stream[] = [];
  const server = http2.createServer();
  server.on('stream', (stream: http2.ServerHttp2Stream) => streams.push(stream));
  const { guard, port } = await guarded(server, { minBytesPerSecond: 500, rateGraceMs: 2_000 });
  const session = ended(http2.connect(`http://127.0.0.1:${port}`));
  const requests: http2.ClientHttp2Stream[] = [];
  for (let round = 0; round < 20; round += 1) {
    const request = session.request({ ':path': `/${round}` });
    requests.push(request);
    await once(server, 'stream');
    await second(guard);
  }
  expect(guard.refusals).toEqual(NO_REFUSALS);
  for (const stream of streams) stream.respond({ ':status': 200 }, { endStream: true });
  const statuses = await Promise.all(
    requests.map(async (request) => {
      const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders];
      return headers[':status'];
    }),
  );
  expect(statuses).toEqual(requests.map(() => 200));
});

test('HTTP/1: a client that pipelines while it waits for a late reply is not slow', async () => {
  const server = http.createServer();
  const { guard, port } = await guarded(server, { minBytesPerSecond: 500, rateGraceMs: 2_000 });
  const client = ended(net.connect(port, '127.0.0.1'));
  let reply: http.ServerResponse | undefined;
  server.once('request', (_request, response: http.ServerResponse) => (reply = response));
  for (let round = 0; round < 20; round += 1) {
    client.write(`GET /${round} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await expect.poll(() => reply).toBeDefined();
    await second(guard);
  }
  expect(guard.refusals).toEqual(NO_REFUSALS);
  reply?.end('late');
  const [text] = (await once(client, 'data')) as [Buffer];
  expect(text.toString()).toContain('late');
});

test('HTTP/2: a client that sends its request too slowly is cut', async () => {
  const server = http2.createServer().on('stream', (stream) => {
    stream.on('error', () => undefined).resume();
  });
  const { guard, port } = await guarded(server, { minBytesPerSecond: 500, rateGraceMs: 2_000 });
  const session = ended(http2.connect(`http://127.0.0.1:${port}`));
  session.on('error', () => undefined);
  const request = session.request({ ':method': 'POST', ':path': '/' }, { endStream: false });
  request.on('error', () => undefined);
  const [stream] = (await once(server, 'stream')) as [http2.ServerHttp2Stream];
  let rounds = 0;
  while (guard.connections > 0 && rounds < 30) {
    request.write('x');
    await Promise.race([once(stream, 'data'), once(stream, 'close')]);
    await second(guard);
    rounds += 1;
  }
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, slow: 1 });
});
