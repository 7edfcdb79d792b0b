import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { GracefulServer, hostHandler } from '../src/index.ts';

const listener: http.RequestListener = (_req, res) => void res.end('hello');

/** Serves an app, asks it once, and closes; gives the reply. */
async function ask(app: unknown): Promise<string> {
  const graceful = new GracefulServer(await hostHandler(app));
  graceful.server.listen(0, '127.0.0.1');
  await once(graceful.server, 'listening');
  const { port } = graceful.server.address() as AddressInfo;
  const client = net.connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  client.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const reply = await text(client);
  await graceful.close();
  return reply;
}

const routed = express.Router().get('/', (_request, response) => void response.send('hello'));

test.each<[string, unknown]>([
  ['an Express app', express().use(routed)],
  [
    'an app of Connect by its shape',
    Object.assign((...args: Parameters<http.RequestListener>) => listener(...args), {
      route: '/',
      use: () => undefined,
      handle: () => undefined,
    }),
  ],
  ['a Hono app', new Hono().get('/', (context) => context.text('hello'))],
  ['an object with fetch()', { fetch: () => new Response('hello') }],
  [
    'a request listener',
    (req: http.IncomingMessage, res: http.ServerResponse) => listener(req, res as never),
  ],
  ['a server', http.createServer(listener)],
  ['a promise of a server', Promise.resolve(http.createServer(listener))],
  ['a Koa app by its shape', { use: () => undefined, callback: () => listener }],
  [
    'a NestJS app by its shape',
    { init: async () => undefined, getHttpServer: () => http.createServer(listener) },
  ],
  [
    'a hapi server by its shape',
    { initialize: async () => undefined, listener: http.createServer(listener) },
  ],
  [
    'a connection handler',
    (connection: net.Socket) => void connection.once('data', () => connection.end('hello')),
  ],
])('hostHandler() serves %s', async (_, app) => {
  expect(await ask(app)).toMatch(/hello$|hello\r\n/);
});

test('hostHandler() gets a Fastify app ready, and closes it when its worker goes away', async () => {
  const told: string[] = [];
  const app = fastify();
  app.addHook('onReady', async () => void told.push('ready'));
  app.addHook('onClose', async () => void told.push('closed'));
  app.get('/', () => 'hello');
  expect(await ask(app)).toMatch(/hello$/);
  expect(told).toEqual(['ready', 'closed']);
});

test.each<[string, unknown, string]>([
  [
    'a class',
    class Handler {
      serve = true;
    },
    'Cannot host an app: it looks like a class; write: ',
  ],
  [
    'a middleware',
    (_a: unknown, _b: unknown, _c: unknown) => undefined,
    'Cannot host an app: it looks like a middleware, since it takes more than (connection, context); write: ',
  ],
  [
    'a router of Express',
    routed,
    'Cannot host an app: it looks like a router of Express or Connect; write: export default serverHandler(http.createServer(express().use(router)))',
  ],
  [
    'nothing',
    undefined,
    'Cannot host an app: it must be an app, a server or a connection handler, got undefined',
  ],
])('hostHandler() refuses %s, and says what it is', async (_, app, message) => {
  await expect(hostHandler(app)).rejects.toThrow(message);
});
