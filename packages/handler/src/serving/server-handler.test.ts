import http from 'node:http';
import net from 'node:net';
import { expect, test } from 'vitest';
import { serverHandler } from './server-handler.ts';

const upgrade = (): void => undefined;

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'got undefined'],
  ['a string', 'http', "got 'http'"],
  ['a plain object', {}, 'got an object of class Object'],
  [
    'an application function',
    function app() {},
    "got the function 'app'; if it is an application, wrap it: http.createServer(app)",
  ],
  [
    'an object that has a server',
    { server: http.createServer() },
    'got an object of class Object, whose property server is one; when the application is ready, give that',
  ],
])('serverHandler() refuses %s by a TypeError that names it', (_, value, got) => {
  expect(() => serverHandler(value as net.Server)).toThrow(
    new TypeError(
      `Cannot host a server: it must be a net, tls, http, https or http2 server, ${got}`,
    ),
  );
});

test('serverHandler() refuses options of the wrong kind', () => {
  const server = net.createServer();
  expect(() => serverHandler(server, { idleGraceMs: -1 })).toThrow(RangeError);
  expect(() => serverHandler(server, { onDraining: 'bye' as unknown as () => void })).toThrow(
    new TypeError("Option onDraining must be a function, got 'bye'"),
  );
});

test('serverHandler() calls no listening listener of the application', () => {
  const server = http.createServer().on('listening', () => {
    throw new Error('it does not listen');
  });
  expect(() => serverHandler(server)).not.toThrow();
});

test('serverHandler() does not make a server that takes no upgrades look as if it did', () => {
  const server = http.createServer();
  serverHandler(server);
  expect(server.listenerCount('upgrade')).toBe(0);
  server.on('upgrade', upgrade);
  expect(server.listenerCount('upgrade')).toBe(2);
  server.off('upgrade', upgrade);
  expect(server.listenerCount('upgrade')).toBe(0);
});
