import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type HandlerName, listeningPool, type PoolKind } from '../pool-under-test.ts';

interface Reply {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Makes a key and a certificate for localhost. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}

async function start(kind: PoolKind, name: HandlerName, workerData?: unknown) {
  const { pool } = await listeningPool(kind, { name, workerData });
  const { port } = pool.address as AddressInfo;
  return { pool, port };
}

async function ask(
  options: http.RequestOptions & { readonly tls?: https.RequestOptions; readonly body?: Buffer },
): Promise<Reply> {
  const { tls: secure, body, ...rest } = options;
  const where = { host: '127.0.0.1', ...rest };
  const request = secure ? https.request({ ...where, ...secure }) : http.request(where);
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

function keepAliveAgent(): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

async function askHttp2(session: http2.ClientHttp2Session, path: string): Promise<string> {
  return text(session.request({ ':path': path }));
}

function connectHttp2(authority: string, options?: http2.SecureClientSessionOptions) {
  const session = http2.connect(authority, options ?? {});
  onTestFinished(() => session.destroy());
  return session;
}

/** Which servers a pool hosts, unmodified. */
export function describeHosting(kind: PoolKind): void {
  describe(`${kind.name} hosts`, () => {
    test('Fastify', async () => {
      const { port } = await start(kind, 'fastify');
      const { status, body } = await ask({ port, path: '/hello/world' });
      expect([status, body]).toEqual([200, '{"hello":"world"}']);
      expect((await ask({ port, path: '/nowhere' })).status).toBe(404);
    });

    test('Express', async () => {
      const { port } = await start(kind, 'express');
      const { body } = await ask({
        port,
        path: '/sum',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{"numbers":[1,2,39]}'),
      });
      expect(body).toBe('{"sum":42}');
    });

    test('ws: an upgrade, messages, and a goodbye when the pool closes', async () => {
      const { pool, port } = await start(kind, 'websocket');
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      await once(socket, 'open');
      socket.send('hello');
      const [reply] = await once(socket, 'message');
      expect(String(reply)).toBe('HELLO');
      const closed = once(socket, 'close');
      const report = pool.close();
      const [code, reason] = await closed;
      expect([code, String(reason)]).toEqual([1001, 'going away']);
      expect(await report).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
    });

    test('tls and https with a certificate', async () => {
      const pair = await certificate();
      const { port } = await start(kind, 'tls', pair);
      const client = tls.connect({ port, host: '127.0.0.1', ca: pair.cert });
      await once(client, 'secureConnect');
      client.write('secret');
      expect(String((await once(client, 'data'))[0])).toBe('SECRET');
      client.destroy();
      const secure = await start(kind, 'https', pair);
      const reply = await ask({ port: secure.port, path: '/a', tls: { ca: pair.cert } });
      expect(reply.body).toBe('you asked for /a');
    });

    test('h2c, h2, and HTTP/1 on an h2 port', async () => {
      const plain = await start(kind, 'h2c');
      const session = connectHttp2(`http://127.0.0.1:${plain.port}`);
      const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
      expect(await Promise.all(paths.map((path) => askHttp2(session, path)))).toEqual(
        paths.map((path) => `h2.0 ${path}`),
      );
      const pair = await certificate();
      const { port } = await start(kind, 'h2', pair);
      const secure = connectHttp2(`https://127.0.0.1:${port}`, { ca: pair.cert });
      expect(await askHttp2(secure, '/s')).toBe('h2.0 /s');
      expect((await ask({ port, path: '/old', tls: { ca: pair.cert } })).body).toBe('h1.1 /old');
    });

    test('keep-alive: requests of one connection reach one worker', async () => {
      const { port } = await start(kind, 'http');
      const agent = keepAliveAgent();
      const seen = new Set<string>();
      for (let round = 0; round < 5; round += 1) {
        seen.add((await ask({ port, path: '/native', agent })).body);
      }
      expect(seen.size).toBe(1);
    });

    test('a 1 MB upload and a 1 MB download, byte for byte', async () => {
      const { port } = await start(kind, 'http');
      const body = randomBytes(1_000_000);
      const upload = await ask({ port, path: '/upload', method: 'POST', body });
      expect(upload.body).toBe(createHash('sha256').update(body).digest('hex'));
      const download = await ask({ port, path: '/download' });
      expect(download.body === 'sockpool '.repeat(111_112).slice(0, 1_000_000)).toBe(true);
    });

    test('pipelined requests, answered in order', async () => {
      const { port } = await start(kind, 'http');
      const client = net.connect(port, '127.0.0.1');
      const requests = Array.from(
        { length: 20 },
        (_, index) =>
          `GET /p${index} HTTP/1.1\r\nhost: x\r\n${index === 19 ? 'connection: close\r\n' : ''}\r\n`,
      );
      client.write(requests.join(''));
      const bodies = (await text(client)).match(/you asked for \/p\d+/g);
      expect(bodies).toEqual(requests.map((_, index) => `you asked for /p${index}`));
    });

    test("with Node's protection against clients that never finish their headers", async () => {
      const { port } = await start(kind, 'http');
      const client = net.connect(port, '127.0.0.1');
      client.write('GET / HTTP/1.1\r\nhost: slow');
      expect(await text(client)).toMatch(/^HTTP\/1\.1 408 /);
    });
  });

  describe(`${kind.name} closing with HTTP`, () => {
    test('ends idle keep-alive connections cleanly, and long before the grace period', async () => {
      const { pool, port } = await start(kind, 'http');
      const clients = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const client = net.connect(port, '127.0.0.1');
          client.write('GET /idle HTTP/1.1\r\nhost: x\r\n\r\n');
          await once(client, 'data');
          return client;
        }),
      );
      const ended = clients.map((client) => once(client, 'close'));
      const report = await pool.close({ graceMs: Infinity });
      // The argument of 'close' says whether there was an error, such as a reset.
      expect(await Promise.all(ended)).toEqual(clients.map(() => [false]));
      expect(report).toMatchObject({ drainedConnections: 20, cutConnections: 0 });
    });

    test('finishes a busy response with Connection: close', async () => {
      const { pool, port } = await start(kind, 'http');
      const agent = keepAliveAgent();
      // The application ends this response when the worker begins to drain, not before.
      const slow = ask({ port, path: '/slow', agent });
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      const closed = pool.close({ graceMs: Infinity });
      const { headers, body } = await slow;
      expect([headers.connection, body]).toEqual(['close', 'finally']);
      expect(await closed).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
    });

    test('ends HTTP/2 sessions after their streams', async () => {
      const { pool, port } = await start(kind, 'h2c');
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      expect(await askHttp2(session, '/before')).toBe('h2.0 /before');
      const gone = once(session, 'close');
      expect(await pool.close({ graceMs: Infinity })).toMatchObject({ cutConnections: 0 });
      await gone;
    });

    test('resets nobody under a keep-alive load, and truncates no response', async () => {
      const { pool, port } = await start(kind, 'http');
      let replies = 0;
      const outcomes = Array.from({ length: 100 }, async () => {
        const client = net.connect(port, '127.0.0.1').setEncoding('latin1');
        let received = '';
        let answered = true;
        let failure: string | undefined;
        client.on('error', (error: NodeJS.ErrnoException) => {
          failure = error.code ?? error.message;
        });
        client.on('data', (chunk: string) => {
          received += chunk;
          if (!received.endsWith('you asked for /load')) return;
          const last = /^connection: close\r$/im.test(received);
          received = '';
          answered = true;
          replies += 1;
          if (!last && client.writable) request();
        });
        const request = (): void => {
          answered = false;
          client.write('GET /load HTTP/1.1\r\nhost: x\r\n\r\n');
        };
        request();
        await new Promise((resolve) => client.once('close', resolve));
        return failure ?? (received === '' ? `clean, answered: ${answered}` : 'truncated');
      });
      await expect.poll(() => replies).toBeGreaterThan(500);
      const report = await pool.close({ graceMs: Infinity });
      const ends = Object.groupBy(await Promise.all(outcomes), (outcome) => outcome);
      expect(Object.keys(ends)).toEqual(['clean, answered: true']);
      expect(report.cutConnections).toBe(0);
    });
  });
}
