import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observations } from '../src/families/duration-histogram.ts';
import { HttpRequests } from '../src/measuring/http-requests.ts';

interface RequestTimes {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

let requests: HttpRequests;
beforeEach(() => {
  requests = new HttpRequests();
  requests.start();
});
afterEach(() => requests.stop());

function counted(): Record<string, number> {
  return Object.fromEntries(
    requests
      .read()
      .map(({ method, status, version, duration }) => [
        `${method} ${status} ${version}`,
        observations(duration),
      ]),
  );
}

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function ask(method: string, path: string, end: boolean = false): string {
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\n${end ? 'Connection: close\r\n' : ''}\r\n`;
}

it('counts requests of HTTP/1, kept alive and pipelined, by method and status', async () => {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('text');
  });
  const client = net.connect(await listening(server), '127.0.0.1');
  let replies = '';
  client.setEncoding('latin1').on('data', (text: string) => {
    replies += text;
  });
  client.write(
    ask('GET', '/') + ask('GET', '/missing') + ask('PROPFIND', '/') + ask('GET', '/', true),
  );
  await once(client, 'close');
  expect(replies.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  expect(counted()).toEqual({ 'GET 200 1.1': 2, 'GET 404 1.1': 1, '_OTHER 200 1.1': 1 });
  expect(requests.active).toBe(0);
  server.close();
  await once(server, 'close');
});

it('notes at the socket when its requests began and ended, for the handler that hosts it', async () => {
  const server = http.createServer((_request, response) => response.end('text'));
  const connected = once(server, 'connection');
  const client = net.connect(await listening(server), '127.0.0.1');
  const [socket] = (await connected) as [net.Socket];
  const beforeMs = performance.now();
  client.end(ask('GET', '/', true));
  await once(client.resume(), 'close');
  const times = Reflect.get(socket, Symbol.for('@sockpool/request-times')) as RequestTimes;
  expect(times.startedAtMs).toBeGreaterThanOrEqual(beforeMs);
  expect(times.finishedAtMs).toBeGreaterThanOrEqual(times.startedAtMs);
  server.close();
  await once(server, 'close');
});

it('counts a request whose client went before the reply as one without a status', async () => {
  const server = http.createServer();
  const port = await listening(server);
  const client = net.connect(port, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, http.ServerResponse];
  expect(requests.active).toBe(1);
  client.destroy();
  await once(response, 'close');
  server.close();
  await once(server, 'close');
  await expect.poll(counted).toEqual({ 'POST 0 1.1': 1 });
  expect(requests.active).toBe(0);
});

it('counts every pipelined request whose client went before the replies', async () => {
  const server = http.createServer();
  const port = await listening(server);
  const client = net.connect(port, '127.0.0.1');
  const asked = Promise.withResolvers<void>();
  let count = 0;
  server.on('request', () => {
    count += 1;
    if (count === 3) asked.resolve();
  });
  client.write(ask('GET', '/') + ask('GET', '/') + ask('PUT', '/'));
  await asked.promise;
  expect(requests.active).toBe(3);
  client.destroy();
  await expect.poll(counted).toEqual({ 'GET 0 1.1': 2, 'PUT 0 1.1': 1 });
  expect(requests.active).toBe(0);
  server.close();
  await once(server, 'close');
});

it('counts each pipelined request once, with its own method and status, when the last reply is ready first', async () => {
  const waiting: http.ServerResponse[] = [];
  const server = http.createServer((request, response) => {
    response.statusCode = request.method === 'GET' ? 200 : 404;
    waiting.push(response);
    if (waiting.length < 3) return;
    for (const each of waiting.toReversed()) each.end('text');
  });
  const client = net.connect(await listening(server), '127.0.0.1');
  client.resume();
  client.write(ask('GET', '/') + ask('PUT', '/') + ask('GET', '/', true));
  await once(client, 'close');
  expect(counted()).toEqual({ 'GET 200 1.1': 2, 'PUT 404 1.1': 1 });
  expect(requests.active).toBe(0);
  server.close();
  await once(server, 'close');
});

it('goes on counting on a connection that is kept alive after pipelined requests', async () => {
  const server = http.createServer((_request, response) => response.end('text'));
  const client = net.connect(await listening(server), '127.0.0.1');
  let replies = '';
  const whole = Promise.withResolvers<void>();
  client.setEncoding('latin1').on('data', (text: string) => {
    replies += text;
    if (replies.split('text').length === 3) whole.resolve();
  });
  client.write(ask('GET', '/') + ask('PUT', '/'));
  await whole.promise;
  client.write(ask('POST', '/', true));
  await once(client, 'close');
  expect(counted()).toEqual({ 'GET 200 1.1': 1, 'PUT 200 1.1': 1, 'POST 200 1.1': 1 });
  expect(requests.active).toBe(0);
  server.close();
  await once(server, 'close');
});

it('counts streams of HTTP/2, and those that the client cancels', async () => {
  const server = http2.createServer((request, response) => {
    if (request.url !== '/never') response.end('text');
  });
  const session = http2.connect(`http://127.0.0.1:${await listening(server)}`);
  const served = session.request({ ':method': 'PUT', ':path': '/' });
  served.resume().end();
  await once(served, 'close');
  const asked = once(server, 'stream');
  const canceled = session.request({ ':path': '/never' });
  canceled.on('error', () => undefined);
  await asked;
  expect(requests.active).toBe(1);
  canceled.close(http2.constants.NGHTTP2_CANCEL);
  await expect.poll(counted).toEqual({ 'PUT 200 2': 1, 'GET 0 2': 1 });
  expect(requests.active).toBe(0);
  session.close();
  await once(session, 'close');
  server.close();
});
