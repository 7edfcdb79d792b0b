import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { runCli } from './fixtures/run-cli.ts';
import { startServer } from './fixtures/echo-server.ts';

/** A real HTTP server of node:http, which closes with all of its connections. */
async function startHttp(
  handler: RequestListener,
): Promise<{ readonly port: number; readonly [Symbol.asyncDispose]: () => Promise<void> }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe('HTTP', () => {
  test('requests are kept on their connections, templates and bodies are sent whole', async () => {
    const seen = new Set<string>();
    let hosts = '';
    await using server = await startHttp(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      seen.add(`${request.method} ${request.url} ${request.headers['x-a']}`);
      hosts = String(request.headers.host);
      response.writeHead(201);
      // Written in parts, so that the reply is chunked.
      response.write('Hello, ');
      response.end(Buffer.concat(parts));
    });
    const result = await runLoad({
      port: server.port,
      connections: 2,
      requests: 10,
      http: {
        requests: ['POST /items/{{counter}}'],
        headers: { 'X-A': 'b' },
        body: 'Straße',
        expectStatus: 201,
        expectBody: 'Hello, Straße',
      },
    });
    expect(result.requests).toMatchObject({ sent: 20, right: 20, failed: 0 });
    expect(result.opened).toBe(2);
    expect(result.settings.framing).toBe('http');
    expect(seen.size).toBe(20);
    expect(seen).toContain('POST /items/19 b');
    expect(hosts).toBe(`127.0.0.1:${server.port}`);
  });

  test("'Connection: close' is a clean end: the connection is opened anew, and nothing is an error", async () => {
    await using server = await startHttp((_request, response) => {
      response.setHeader('Connection', 'close').end('bye');
    });
    const target = { port: server.port, connections: 3, http: { requests: ['GET /'] } };
    const closed = await runLoad({ ...target, requests: 5 });
    expect(closed.requests).toMatchObject({ sent: 15, right: 15, failed: 0, unsent: 0 });
    expect(closed.closedAsAnnounced).toBe(15);
    expect(closed.opened).toBe(15);
    const open = await runLoad({ ...target, rate: 500, totalRequests: 50 });
    expect(open.requests).toMatchObject({ sent: 50, right: 50, failed: 0, unsent: 0 });
    expect(open.closedAsAnnounced).toBe(50);
  });

  test('a reply that ends with its connection is whole', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
    });
    const result = await runLoad({
      port: server.port,
      requests: 4,
      http: { requests: ['GET /'], expectBody: 'hello' },
    });
    expect(result.requests).toMatchObject({ right: 4, failed: 0 });
    expect(result.opened).toBe(4);
  });

  test('pipelined requests behind an announced end are counted as closedBeforeReply', async () => {
    await using server = await startServer((socket, index) => {
      const end = index === 0 ? 'Connection: close\r\n' : '';
      socket.on('data', (chunk) => {
        const requests = chunk.toString().split('\r\n\r\n').length - 1;
        const replies = index === 0 ? 1 : requests;
        socket.write(`HTTP/1.1 200 OK\r\n${end}Content-Length: 0\r\n\r\n`.repeat(replies));
      });
    });
    const result = await runLoad({
      port: server.port,
      requests: 8,
      pipeline: 4,
      http: { requests: ['GET /'] },
    });
    expect(result.requests).toMatchObject({ sent: 8, right: 5, failed: 3 });
    expect(result.errors.closedBeforeReply).toBe(3);
  });

  test('a wrong status is a wrong reply, with what came', async () => {
    await using server = await startHttp((_request, response) => {
      response.writeHead(503).end('busy');
    });
    const outcome = await runCli(['--port', String(server.port), '--http', 'GET /', '-n', '2']);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('wrongReply 2');
    expect(outcome.stdout).toContain('the status is 503 instead of 200 to 299');
  });

  test('the command sends header fields, a body and HEAD', async () => {
    await using server = await startHttp((request, response) => {
      const right = request.method === 'HEAD' || request.headers.accept === 'text/x';
      response.writeHead(right ? 200 : 400).end('yes');
    });
    const port = String(server.port);
    const get = ['--http', 'PUT /a', '--http-header', 'Accept: text/x', '--http-body', 'b'];
    const checks = ['--http-status', '200', '--http-expect-body', 'yes'];
    expect((await runCli(['--port', port, ...get, ...checks, '-n', '3'])).code).toBe(0);
    const head = await runCli(['--port', port, '--http', 'HEAD /', '-n', '3', '-c', '2']);
    expect(head.stdout).toContain('6 sent, 6 right replies');
  });

  test('200 keep-alive connections at 2,000 a second beside 100 new connections a second', async () => {
    await using server = await startHttp((_request, response) => {
      response.end('ok');
    });
    const target = { port: server.port, http: { requests: ['GET /'], expectBody: 'ok' } };
    const [kept, fresh] = await Promise.all([
      runLoad({ ...target, connections: 200, rate: 2000, totalRequests: 3000 }),
      runLoad({
        ...target,
        connections: 10,
        requestsPerConnection: 1,
        rate: 100,
        totalRequests: 150,
      }),
    ]);
    expect(kept.requests).toMatchObject({ sent: 3000, right: 3000, unsent: 0, failed: 0 });
    expect(kept.opened).toBe(200);
    expect(fresh.requests).toMatchObject({ sent: 150, right: 150, unsent: 0, failed: 0 });
    expect(fresh.opened).toBeGreaterThanOrEqual(150);
  });

  test.each([
    [{ requests: [] }, 'at least one'],
    [{ requests: ['/path'] }, 'must be a method'],
    [{ requests: ['CONNECT a:1'] }, 'not CONNECT'],
    [{ requests: ['HEAD /', 'GET /'] }, 'mix HEAD'],
    [{ requests: ['GET /'], headers: { 'Content-Length': '5' } }, 'writes it itself'],
    [{ requests: ['GET /'], headers: { A: 'b\r\nc: d' } }, 'not well-formed'],
    [{ requests: ['GET /'], expectStatus: 100 }, '200 to 599'],
  ])('%j is refused', async (options, message) => {
    await expect(runLoad({ port: 1, http: options })).rejects.toThrow(message);
  });

  test('http goes with no other kind of message', async () => {
    const http = { requests: ['GET /'] };
    await expect(runLoad({ port: 1, http, messages: ['a'] })).rejects.toThrow('not both');
    await expect(runLoad({ port: 1, http, framing: 'line' })).rejects.toThrow('not both');
    const outcome = await runCli(['--port', '1', '--http-body', 'x']);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
  });
});
