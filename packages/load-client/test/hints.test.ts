import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { keptPort } from '@sockpool/port-fixture';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNetworkProxy, type NetworkProxy } from '../src/network/network-proxy.ts';
import { CERTIFICATE, KEY } from './fixtures/certificate.ts';
import { echoUpperCase, startServer, type TestServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

/** Servers of several protocols, by name. */
const ports = new Map<string, number>();
const servers: (Server | http2.Http2Server)[] = [];
let echo: TestServer;
let proxy: NetworkProxy;

async function listen(name: string, server: Server | http2.Http2Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  ports.set(name, (server.address() as AddressInfo).port);
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.statusCode = request.url === '/moved' ? 302 : request.url === '/' ? 200 : 404;
  response.end('fine');
}

beforeAll(async () => {
  echo = await startServer(echoUpperCase);
  ports.set('echo', echo.port);
  ports.set('nobody', await keptPort());
  proxy = await startNetworkProxy({ target: { port: ports.get('nobody') ?? 0 } });
  ports.set('proxy', proxy.port);
  await listen('http', http.createServer(answer));
  await listen('https', https.createServer({ cert: CERTIFICATE, key: KEY }, answer));
  await listen('h2c', http2.createServer());
});

afterAll(async () => {
  for (const server of servers) server.close();
  await proxy.close();
  await echo[Symbol.asyncDispose]();
});

test.each([
  ['https://localhost:http/', 'tls: the server answers without TLS: try http://localhost:PORT/'],
  ['wss://localhost:http/', 'tls: the server answers without TLS: try ws://localhost:PORT/'],
  ['tls://localhost:http', 'tls: the server answers without TLS: try tcp://localhost:PORT'],
  ['https://localhost:https/', 'tls: --tls-ca names the authority of the certificate'],
  ['h2://localhost:https/ --tls-insecure', 'no HTTP/2 there: try https://localhost:PORT/'],
  ['h2c://127.0.0.1:http/', 'the server speaks no HTTP/2 there: try http://127.0.0.1:PORT/'],
  ['http://127.0.0.1:h2c/', 'no HTTP/1.1 there: try h2c://127.0.0.1:PORT/'],
  ['http://127.0.0.1:echo/', 'no HTTP/1.1 there: try h2c://127.0.0.1:PORT/ or tcp://'],
  ['ws://127.0.0.1:http/', 'no WebSocket is at that path: write another, or http:// for HTTP'],
  ['ws://127.0.0.1:echo/', 'no WebSocket there: try tcp://127.0.0.1:PORT'],
  ['tcp://127.0.0.1:http', "a server of HTTP needs 'http://127.0.0.1:PORT/'"],
  ['http://127.0.0.1:http/moved', 'redirects are not followed'],
  ['http://127.0.0.1:http/none', 'wrongReply: nothing is at that path'],
  ['http://127.0.0.1:nobody/', 'refused (attempts to connect): nothing listens at 127.0.0.1:PORT'],
  ['http://127.0.0.1:proxy/', 'reset: 127.0.0.1:PORT resets its connections: if it is a proxy'],
])('%s says what to try', async (text, hint) => {
  const [url = '', ...flags] = text.split(' ');
  const name = /:([a-z]+\d?[a-z]*)(?:\/|$)/.exec(url.slice(url.indexOf('//')))?.[1] ?? '';
  const port = String(ports.get(name));
  const load = [url.replace(`:${name}`, `:${port}`), ...flags, '--reconnect-attempts', '1'];
  const { code, stdout, stderr } = await runCli([...load, '-q']);
  expect(stderr).toContain(hint.replaceAll('PORT', port));
  expect(stderr.match(/^sockpool-load: /gm)).toHaveLength(1);
  expect(code).toBe(1);
  // Where any other reply would be right there is no expected one to show.
  expect(stdout).not.toContain("expected 'nothing'");
});
