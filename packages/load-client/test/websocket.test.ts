import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { runLoad, type LoadOptions } from '../src/index.ts';
import { CERTIFICATE, KEY } from './fixtures/certificate.ts';
import { runCli } from './fixtures/run-cli.ts';

const echo = (socket: WebSocket): void => {
  socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }));
};

/** Starts a server of the package `ws`, which knows nothing of ours. */
async function startWebSockets(
  onConnection: (socket: WebSocket) => void = echo,
  options: { readonly protocol?: string } = {},
): Promise<{ port: number; server: WebSocketServer }> {
  const { protocol } = options;
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    ...(protocol === undefined ? {} : { handleProtocols: () => protocol }),
  });
  server.on('connection', onConnection);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, server };
}

const load = (port: number, options: Partial<LoadOptions> = {}): LoadOptions => ({
  port,
  websocket: {},
  expectedReply: 'same',
  connections: 2,
  requests: 20,
  ...options,
});

test.each([
  ['texts', {}],
  ['binary messages', { websocket: { binary: true } }],
  ['long messages, several in flight', { messageBytes: [70_000, 70_001], pipeline: 4 }],
  ['messages of a middle size', { messageBytes: [125, 127] }],
  ['two threads', { threads: 2 }],
] as const)('%s are echoed and verified', async (_name, options) => {
  const { port } = await startWebSockets();
  const { requests, errors, settings } = await runLoad(load(port, options));
  expect({ ...requests, errors: Object.values(errors).some((count) => count > 0) }).toMatchObject({
    sent: 40,
    right: 40,
    errors: false,
  });
  expect(settings.framing).toBe('websocket');
});

test('clients end by a close frame with 1000, and ask with their headers and subprotocol', async () => {
  const seen: unknown[] = [];
  const { port, server } = await startWebSockets(echo, { protocol: 'chat' });
  server.on('connection', (_socket: WebSocket, request) => {
    seen.push(request.url, request.headers['x-room'], request.headers.host);
  });
  const closed = once(server, 'connection').then(([socket]) => once(socket as WebSocket, 'close'));
  const result = await runLoad(
    load(port, {
      connections: 1,
      requests: 1,
      websocket: { path: '/chat?x=1', headers: { 'X-Room': '7' }, protocols: ['chat'] },
    }),
  );
  expect(result.requests.right).toBe(1);
  expect((await closed)[0]).toBe(1000);
  expect(seen).toEqual(['/chat?x=1', '7', `127.0.0.1:${port}`]);
});

test('pings are answered, and fragments put together', async () => {
  let pongs = 0;
  const { port } = await startWebSockets((socket) => {
    socket.on('pong', () => (pongs += 1));
    socket.ping('first');
    socket.on('message', (data: Buffer) => {
      socket.ping('between');
      socket.send(data.subarray(0, 1).toString(), { fin: false });
      socket.ping();
      socket.send(data.subarray(1).toString(), { fin: true });
    });
  });
  const { requests } = await runLoad(load(port, { requests: 5, messages: ['hello'] }));
  expect(requests.right).toBe(10);
  expect(pongs).toBeGreaterThan(10);
});

test('a close frame of the server is the announced end of a connection', async () => {
  const { port } = await startWebSockets((socket) => {
    socket.on('message', (data: Buffer) => {
      socket.send(data.toString());
      socket.close(1012);
    });
  });
  const result = await runLoad(load(port, { requests: 3 }));
  expect(result.requests).toMatchObject({ sent: 6, right: 6 });
  expect(result.closedAsAnnounced).toBeGreaterThanOrEqual(4);
  expect(result.opened).toBe(6);
});

test('a request behind the close frame was never taken on', async () => {
  const { port } = await startWebSockets((socket) => {
    socket.on('message', () => socket.close(1012));
  });
  const { errors, errorReasons } = await runLoad(load(port, { connections: 1, requests: 1 }));
  expect(errors.closedBeforeReply).toBe(1);
  expect(Object.keys(errorReasons.closedBeforeReply ?? {})).toEqual([
    'the server announced the end before the reply',
  ]);
});

test('a wrong reply is told with what came, and the connection goes on', async () => {
  const { port } = await startWebSockets((socket) => {
    socket.on('message', (data: Buffer) => socket.send(`not ${data}`));
  });
  const { errors, differences, opened } = await runLoad(load(port, { messages: ['hello'] }));
  expect(errors.wrongReply).toBe(40);
  expect(differences[0]).toMatchObject({
    request: 'hello',
    expected: 'hello',
    actual: 'not hello',
  });
  expect(opened).toBe(2);
});

/** Starts a server that answers the opening handshake, and what follows it, with these bytes. */
async function startRaw(answer: string | Buffer): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

test.each([
  ['HTTP/1.1 404 Not Found\r\n\r\n', 'the server answers the handshake with 404 instead of 101'],
  [
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
    'the answer has the wrong Sec-WebSocket-Accept',
  ],
  ['SSH-2.0-OpenSSH_9\r\n', "the answer begins with 'SSH-2.0-O' instead of 'HTTP/1.1 '"],
])('%j to the handshake is an error of class protocol', async (answer, reason) => {
  const port = await startRaw(answer);
  const { errors, errorReasons, connections } = await runLoad(
    load(port, { connections: 1, reconnectAttempts: 0 }),
  );
  expect(errors.protocol).toBe(1);
  expect(errorReasons.protocol).toEqual({ [reason]: 1 });
  expect(connections.worked).toBe(0);
});

test.each([
  ['masked', Buffer.of(0x81, 0x81, 1, 2, 3, 4, 5), 'a frame of the server is masked'],
  ['compressed', Buffer.of(0xc1, 1, 65), 'a frame uses an extension that was not agreed on'],
  ['not UTF-8', Buffer.of(0x81, 1, 0xff), 'a text message is not UTF-8'],
  ['of an unknown kind', Buffer.of(0x83, 0), 'a frame has the unknown opcode 3'],
  ['a fragment of nothing', Buffer.of(0x80, 0), 'a fragment does not fit the message before it'],
])('a frame that is %s is malformed', async (_name, frame, reason) => {
  const { port, server } = await startWebSockets((socket) => socket.pause());
  server.on('connection', (_socket: WebSocket, { socket }) => socket.write(frame));
  const { errorReasons } = await runLoad(
    load(port, { connections: 1, requests: 1, reconnectAttempts: 0 }),
  );
  expect(errorReasons.malformedReply).toHaveProperty([reason]);
});

test('wss:// as a URL, with a session resumed by later connections', async () => {
  const web = https.createServer({ cert: CERTIFICATE, key: KEY });
  const server = new WebSocketServer({ server: web });
  server.on('connection', echo);
  await once(web.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    web.close();
  });
  const { port } = web.address() as net.AddressInfo;
  const { code, stdout, stderr } = await runCli([
    `wss://127.0.0.1:${port}/chat`,
    '--tls-insecure',
    '--tls-resume',
    '--reply=same',
    '-n',
    '12',
    '--requests-per-connection=3',
    '--json=-',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const result = JSON.parse(stdout);
  expect(result.requests.right).toBe(12);
  expect(result.tlsHandshakes).toEqual({ full: 1, resumed: 3 });
});
