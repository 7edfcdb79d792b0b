import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { passClientAddress } from '../src/client-address.ts';
import { encodeProxyHeader } from '../src/encode-proxy-header.ts';
import {
  InvalidProxyHeaderError,
  isProxyHeaderRefusal,
  ProxyHeaderEndedError,
  ProxyHeaderTimeoutError,
  type ProxyProtocolError,
  UntrustedProxyError,
} from '../src/errors.ts';
import { proxyProtocol } from '../src/proxy-protocol.ts';
import { createProxyHeaderReader, readProxyHeader } from '../src/read-proxy-header.ts';
import { connectedPair, listen, readAll } from './fixtures/connections.ts';

const TRUSTED = { trusted: ['127.0.0.1'] } as const;
const CLIENT = {
  source: { address: '203.0.113.7', port: 4_711 },
  destination: { address: '198.51.100.1', port: 443 },
} as const;
const HEADERS = ([1, 2] as const).map((version) => ({
  version,
  bytes: encodeProxyHeader({ version, ...CLIENT }),
}));
const [, V2] = HEADERS as [(typeof HEADERS)[number], (typeof HEADERS)[number]];
const TOLD = {
  remoteAddress: '203.0.113.7',
  remotePort: 4_711,
  remoteFamily: 'IPv4',
  localAddress: '198.51.100.1',
  localPort: 443,
  localFamily: 'IPv4',
};

const answer: http.RequestListener = (incoming, response) =>
  response.end(`${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`);

const told = (socket: net.Socket): object => ({
  remoteAddress: socket.remoteAddress,
  remotePort: socket.remotePort,
  remoteFamily: socket.remoteFamily,
  localAddress: socket.localAddress,
  localPort: socket.localPort,
  localFamily: socket.localFamily,
});

describe('readProxyHeader()', () => {
  test.each(HEADERS)(
    'reads version $version, tells the client, and leaves the rest in the stream',
    async ({ version, bytes }) => {
      await using server = await listen(net.createServer());
      const { client, accepted } = await connectedPair(server);
      client.end(Buffer.concat([bytes, Buffer.from('hello')]));
      const header = await readProxyHeader(accepted, TRUSTED);
      expect(header).toMatchObject({ version, ...CLIENT });
      expect(told(accepted)).toEqual(TOLD);
      expect(accepted.readableFlowing).not.toBe(true);
      expect(await readAll(accepted)).toBe('hello');
      await once(accepted, 'close');
      // It stays so for whoever logs the end.
      expect(told(accepted)).toEqual(TOLD);
    },
  );

  test('reads a header that comes byte by byte, and a socket that was paused when accepted', async () => {
    await using server = await listen(net.createServer({ pauseOnConnect: true }));
    const { client, accepted } = await connectedPair(server);
    client.setNoDelay(true);
    const header = readProxyHeader(accepted, TRUSTED);
    for (const byte of V2.bytes) {
      await new Promise((resolve) => {
        client.write(Buffer.from([byte]), resolve);
      });
    }
    client.end('x');
    await header;
    const all = readAll(accepted);
    accepted.resume();
    expect(await all).toBe('x');
  });

  test('lets the caller hear the end of a stream that had ended before it was read', async () => {
    await using server = await listen(net.createServer({ allowHalfOpen: true }));
    const { client, accepted } = await connectedPair(server);
    // The first time for the header, the second for the end; both are in the buffer then.
    const buffered = Promise.withResolvers<void>();
    let times = 0;
    const onReadable = (): void => {
      times += 1;
      if (times === 2) buffered.resolve();
    };
    accepted.on('readable', onReadable);
    client.end(V2.bytes);
    await buffered.promise;
    accepted.off('readable', onReadable);
    await readProxyHeader(accepted, TRUSTED);
    const ended = once(accepted, 'end');
    accepted.resume();
    await ended;
  });

  test("leaves a socket that starts to flow with a listener for 'data', and no listener of its own", async () => {
    await using server = await listen(net.createServer());
    const { client, accepted } = await connectedPair(server);
    const listeners = (): number[] =>
      ['readable', 'end', 'error'].map((event) => accepted.listenerCount(event));
    const before = listeners();
    client.write(V2.bytes);
    await readProxyHeader(accepted, TRUSTED);
    expect(listeners()).toEqual(before);
    const data = once(accepted, 'data');
    client.write('later');
    expect(String((await data)[0])).toBe('later');
  });

  test('keeps the real addresses for LOCAL and UNKNOWN', async () => {
    for (const bytes of [
      encodeProxyHeader({ version: 1 }),
      encodeProxyHeader({ version: 2, command: 'local' }),
      encodeProxyHeader({
        version: 2,
        source: { path: '/run/client' },
        destination: { path: '/run/server' },
      }),
    ]) {
      await using server = await listen(net.createServer());
      const { client, accepted } = await connectedPair(server);
      client.write(bytes);
      await readProxyHeader(accepted, TRUSTED);
      expect(told(accepted)).toMatchObject({
        remoteAddress: '127.0.0.1',
        remotePort: client.localPort,
        localPort: server.port,
      });
    }
  });

  test('refuses an untrusted source at once, or passes it through with every byte', async () => {
    await using server = await listen(net.createServer());
    const refused = await connectedPair(server);
    await expect(
      readProxyHeader(refused.accepted, { trusted: ['10.0.0.0/8'] }),
    ).rejects.toMatchObject({ code: 'ERR_PROXY_PROTOCOL_UNTRUSTED', remoteAddress: '127.0.0.1' });
    expect(refused.accepted.destroyed).toBe(true);
    const passed = await connectedPair(server);
    passed.client.end(V2.bytes);
    expect(
      await readProxyHeader(passed.accepted, { trusted: [], untrusted: 'pass' }),
    ).toBeUndefined();
    expect(passed.accepted.remotePort).toBe(passed.client.localPort);
    expect(await readAll(passed.accepted)).toBe(V2.bytes.toString());
  });

  test('refuses what is no header, what ends early and what is late, and destroys the socket', async () => {
    await using server = await listen(net.createServer());
    for (const [send, code, options] of [
      [(client: net.Socket) => client.write('GET /'), 'ERR_PROXY_PROTOCOL_INVALID', {}],
      [(client: net.Socket) => client.end('PROXY '), 'ERR_PROXY_PROTOCOL_ENDED', {}],
      [(client: net.Socket) => client.end(), 'ERR_PROXY_PROTOCOL_ENDED', { required: false }],
      [(client: net.Socket) => client.write('PR'), 'ERR_PROXY_PROTOCOL_TIMEOUT', { timeoutMs: 30 }],
    ] as const) {
      const { client, accepted } = await connectedPair(server);
      send(client);
      await expect(readProxyHeader(accepted, { ...TRUSTED, ...options })).rejects.toMatchObject({
        code,
      });
      expect(accepted.destroyed).toBe(true);
    }
  });

  test('passes through what has no header when none is required', async () => {
    await using server = await listen(net.createServer());
    const options = { ...TRUSTED, required: false, timeoutMs: 30 };
    const speaking = await connectedPair(server);
    speaking.client.end('PROPER REQUEST');
    expect(await readProxyHeader(speaking.accepted, options)).toBeUndefined();
    expect(await readAll(speaking.accepted)).toBe('PROPER REQUEST');
    const silent = await connectedPair(server);
    expect(await readProxyHeader(silent.accepted, options)).toBeUndefined();
    expect(silent.accepted.destroyed).toBe(false);
  });

  test("rejects with the signal's reason, and with the error of the socket", async () => {
    await using server = await listen(net.createServer());
    const aborted = await connectedPair(server);
    const abort = new AbortController();
    const reading = readProxyHeader(aborted.accepted, { ...TRUSTED, signal: abort.signal });
    abort.abort(new Error('going away'));
    await expect(reading).rejects.toThrow('going away');
    expect(aborted.accepted.destroyed).toBe(true);
    const reset = await connectedPair(server);
    const resetReading = readProxyHeader(reset.accepted, TRUSTED);
    reset.client.resetAndDestroy();
    await expect(resetReading).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('trusts peers of a unix-domain socket by name', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'proxy-protocol-'));
    try {
      const where = path.join(folder, 'server.sock');
      await using server = await listen(net.createServer(), where);
      const { client, accepted } = await connectedPair(server, where);
      client.write(V2.bytes);
      await readProxyHeader(accepted, { trusted: ['unix'] });
      expect(accepted.remoteAddress).toBe('203.0.113.7');
      const other = await connectedPair(server, where);
      await expect(readProxyHeader(other.accepted, TRUSTED)).rejects.toMatchObject({
        code: 'ERR_PROXY_PROTOCOL_UNTRUSTED',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('refuses options that make no sense', async () => {
    const read = readProxyHeader as (socket: net.Socket, options: unknown) => Promise<unknown>;
    const socket = new net.Socket();
    for (const options of [
      undefined,
      {},
      { ...TRUSTED, untrusted: 'maybe' },
      { ...TRUSTED, required: 'no' },
      { ...TRUSTED, timeoutMs: '5' },
      { ...TRUSTED, signal: {} },
    ]) {
      await expect(read(socket, options)).rejects.toThrow(TypeError);
    }
    await expect(read(socket, { ...TRUSTED, timeoutMs: 0 })).rejects.toThrow(RangeError);
    socket.destroy();
  });
});

describe('createProxyHeaderReader()', () => {
  test('reads the headers of several sockets by the same options', async () => {
    await using server = await listen(net.createServer());
    const read = createProxyHeaderReader(TRUSTED);
    for (const { version, bytes } of HEADERS) {
      const { client, accepted } = await connectedPair(server);
      client.end(bytes);
      expect(await read(accepted)).toMatchObject({ version, ...CLIENT });
      expect(told(accepted)).toEqual(TOLD);
      accepted.destroy();
    }
  });

  test('checks its options at once, and names them as the caller does', () => {
    expect(() => createProxyHeaderReader({ trusted: ['x'] }, 'proxy.')).toThrow(
      "Option proxy.trusted must name addresses, networks such as '10.0.0.0/8', or 'unix', got 'x'",
    );
    expect(() => createProxyHeaderReader({ ...TRUSTED, timeoutMs: 0 }, 'proxy.')).toThrow(
      'Option proxy.timeoutMs must be a whole number',
    );
  });
});

test.each([
  [new InvalidProxyHeaderError('it is none'), true],
  [new UntrustedProxyError('192.0.2.1'), true],
  [new ProxyHeaderTimeoutError(5, 0), true],
  [new ProxyHeaderEndedError(1), true],
  [new ProxyHeaderEndedError(0), false],
  [new Error('read ECONNRESET'), false],
])('isProxyHeaderRefusal() says whether the peer is to blame for: %s', (error, blamed) => {
  expect(isProxyHeaderRefusal(error)).toBe(blamed);
});

describe('A header is read in front of', () => {
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  test('an HTTP server, with the request in the same packet', async () => {
    const inner = http.createServer(answer);
    await using server = await listen(
      net.createServer(
        { allowHalfOpen: true },
        proxyProtocol(TRUSTED, (socket) => void inner.emit('connection', socket)),
      ),
    );
    const client = net.connect(server.port, '127.0.0.1');
    client.end(Buffer.concat([V2.bytes, Buffer.from(request)]));
    expect(await readAll(client)).toContain('203.0.113.7:4711');
  });

  test('an HTTPS server, which then tells the client as well', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }]);
    const inner = https.createServer({ key: pems.private, cert: pems.cert }, answer);
    passClientAddress(inner);
    await using server = await listen(
      net.createServer(proxyProtocol(TRUSTED, (socket) => void inner.emit('connection', socket))),
    );
    const answers = await Promise.all(
      [1, 2, 3].map(async (port) => {
        const raw = net.connect(server.port, '127.0.0.1');
        await once(raw, 'connect');
        const source = { address: '203.0.113.7', port };
        raw.write(encodeProxyHeader({ version: 2, ...CLIENT, source }));
        const client = tls.connect({ socket: raw, rejectUnauthorized: false });
        client.write(request);
        return readAll(client);
      }),
    );
    for (const [index, each] of answers.entries()) {
      expect(each).toContain(`203.0.113.7:${index + 1}`);
    }
  });

  test('a thread to which the socket was moved', async () => {
    const worker = new Worker(new URL('fixtures/moved-socket-thread.ts', import.meta.url));
    try {
      await using server = await listen(net.createServer({ pauseOnConnect: true }));
      const { client, accepted } = await connectedPair(server);
      worker.postMessage(accepted, [accepted as unknown as ArrayBuffer]);
      client.end(Buffer.concat([V2.bytes, Buffer.from(' hello')]));
      expect(await readAll(client)).toBe('203.0.113.7 hello');
    } finally {
      await worker.terminate();
    }
  });

  test('a process to which the socket was handed over', async () => {
    const child = fork(new URL('fixtures/sent-socket-child.ts', import.meta.url));
    try {
      await using server = await listen(net.createServer({ pauseOnConnect: true }));
      const { client, accepted } = await connectedPair(server);
      child.send('socket', accepted);
      client.end(Buffer.concat([V2.bytes, Buffer.from(' hello')]));
      expect(await readAll(client)).toBe('203.0.113.7 hello');
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});

describe('proxyProtocol()', () => {
  test('hands the handler its context, and rejects with what the handler throws', async () => {
    await using server = await listen(net.createServer());
    const { client, accepted } = await connectedPair(server);
    client.write(V2.bytes);
    const handler = proxyProtocol<string>(TRUSTED, (connection, context) => {
      throw new Error(`${context} ${connection.remoteAddress}`);
    });
    await expect(handler(accepted, 'worker 3')).rejects.toThrow('worker 3 203.0.113.7');
  });

  test('tells why it refused, resolves, and takes a bare TCP check for no refusal', async () => {
    await using server = await listen(net.createServer());
    const refused: (ProxyProtocolError | net.Socket | string)[] = [];
    const handler = proxyProtocol<string>(
      { ...TRUSTED, onRefused: (...args) => refused.push(...args) },
      () => expect.unreachable(),
    );
    const check = await connectedPair(server);
    check.client.end();
    await handler(check.accepted, 'first');
    const wrong = await connectedPair(server);
    wrong.client.write('hello');
    await handler(wrong.accepted, 'second');
    expect(refused).toEqual([
      expect.objectContaining({ code: 'ERR_PROXY_PROTOCOL_INVALID' }),
      wrong.accepted,
      'second',
    ]);
    // Without anyone to tell, strangers are dropped in silence.
    const dropped = await connectedPair(server);
    dropped.client.write('hello');
    await proxyProtocol(TRUSTED, () => expect.unreachable())(dropped.accepted, undefined);
    expect(dropped.accepted.destroyed).toBe(true);
    expect(() => proxyProtocol(TRUSTED, 'x' as never)).toThrow(TypeError);
  });
});
