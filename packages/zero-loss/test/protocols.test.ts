import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { assertZeroLoss, checkZeroLoss, type ZeroLossOptions } from '../src/index.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

/** An HTTP/2 server, and how its sessions end: as announced, or just so. */
async function startHttp2(): Promise<{
  port: number;
  hosts: Set<unknown>;
  /** How many requests it has answered. */
  answered: () => number;
  end: () => void;
  cut: () => void;
}> {
  let answered = 0;
  const sessions = new Set<http2.ServerHttp2Session>();
  const connections = new Set<net.Socket>();
  const hosts = new Set<unknown>();
  const server = http2.createServer();
  server.on('connection', (connection: net.Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    hosts.add(headers[':authority']);
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    stream.end('fine');
    answered += 1;
  });
  const port = await listen(server);
  // The connection, since a session that is destroyed says GOAWAY first.
  const cut = (): void => {
    for (const connection of connections) connection.destroy();
  };
  onTestFinished(cut);
  const end = (): void => {
    for (const session of sessions) session.close();
  };
  return { port, hosts, answered: () => answered, end, cut };
}

/** A WebSocket server that ends each of its connections behind the next reply once it is told to. */
async function startWebSockets(): Promise<{
  port: number;
  answered: () => number;
  end: () => void;
}> {
  let answered = 0;
  const web = http.createServer();
  const server = new WebSocketServer({ server: web });
  let leaving = new Set<WebSocket>();
  server.on('connection', (socket, { socket: connection }) => {
    socket.on('message', (data: Buffer, binary) => {
      // In one piece with the close frame: a request that crosses that is not answered.
      connection.cork();
      socket.send(data, { binary });
      answered += 1;
      if (leaving.delete(socket)) socket.close(1012);
      connection.uncork();
    });
  });
  const port = await listen(web);
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { port, answered: () => answered, end: () => (leaving = new Set(server.clients)) };
}

const SMALL = {
  held: { connections: 5, thinkMs: [0, 10], requestsPerConnection: Infinity },
  newConnections: { rate: 20 },
  quietMs: 100,
  // On a busy machine the clients stand still now and then. What they are owed they still miss.
  stallLimitMs: 60_000,
} as const satisfies Partial<ZeroLossOptions>;

const often = (
  name: string,
  run: () => void,
  answered: () => number,
): ZeroLossOptions['disruptions'] =>
  Array.from({ length: 5 }, () => ({
    name,
    run: async () => {
      const before = answered();
      run();
      await expect.poll(answered).toBeGreaterThan(before + 20);
    },
  }));

test('GOAWAY loses nothing, and what the server has not begun with is sent again', async () => {
  const { port, hosts, answered, end } = await startHttp2();
  const report = await checkZeroLoss({
    ...SMALL,
    address: `h2c://127.0.0.1:${port}/`,
    network: { delayMs: 5 },
    disruptions: often('GOAWAY', end, answered),
  });
  assertZeroLoss(report);
  expect(report.held.closedAsAnnounced).toBeGreaterThan(0);
  expect([...hosts]).toEqual([`127.0.0.1:${port}`]);
});

test('HTTP/2 connections that are cut are losses', async () => {
  const { port, answered, cut } = await startHttp2();
  const { ok, losses } = await checkZeroLoss({
    ...SMALL,
    address: { host: '127.0.0.1', port },
    workload: { http: { requests: ['GET /'], version: '2' } },
    // Requests are under way all the time.
    held: { ...SMALL.held, connections: 20 },
    network: { delayMs: 20 },
    disruptions: often('cut', cut, answered),
  });
  expect(ok).toBe(false);
  const classes = losses.map(({ lossClass }) => lossClass);
  expect(['closedBeforeReply', 'reset']).toEqual(expect.arrayContaining(classes));
});

test('a close frame behind a reply loses nothing', async () => {
  const { port, answered, end } = await startWebSockets();
  const report = await checkZeroLoss({
    ...SMALL,
    address: `ws://127.0.0.1:${port}/chat`,
    workload: { expectedReply: 'same' },
    network: { delayMs: 5 },
    disruptions: often('close', end, answered),
  });
  assertZeroLoss(report);
  expect(report.held.closedAsAnnounced).toBeGreaterThan(0);
});

test('zero-loss ws:// on the command line', async () => {
  const { port } = await startWebSockets();
  const args = [`ws://127.0.0.1:${port}/`, '--during', 'true', '--reply', 'same', '--ws-binary'];
  const small = [
    '--connections',
    '3',
    '--think-ms',
    '0..10',
    '--new',
    '5',
    '--quiet-time',
    '50ms',
    '--stall-limit',
    '1m',
  ];
  const child = spawn(process.execPath, [CLI, ...args, ...small]);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/nothing lost: 0 of \d+/);
});
