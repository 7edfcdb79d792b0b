import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { DOWNLOAD } from '../../hosted/routes.ts';
import { certificateForTests } from '../../hosted/certificate-for-tests.ts';
import { Http1Client } from '../../clients/http1-client.ts';
import { Http2Client } from '../../clients/http2-client.ts';
import type { PoolKind } from '../../pool-under-test.ts';

const MEBIBYTE = 2 ** 20;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends one request on a connection of its own. */
async function send(request: http.ClientRequest, body?: Buffer): Promise<Buffer> {
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return buffer(response);
}

/** What hosted servers do while nothing goes wrong. */
export function describeHostedServers(kind: PoolKind): void {
  describe(`${kind.name} hosting`, () => {
    const certificate = certificateForTests();

    test.each(['hosted/fastify', 'hosted/express'] as const)(
      'serves the JSON routes of an application: %s',
      async (name) => {
        const { origin } = await hostedPool(kind, name);
        const hello = await fetch(`http://${origin}/hello/world`);
        expect(await hello.json()).toEqual({ hello: 'world' });
        const posted = await fetch(`http://${origin}/json`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"list":[1,2,3]}',
        });
        expect(await posted.json()).toEqual({ got: { list: [1, 2, 3] } });
        expect((await fetch(`http://${origin}/nowhere`)).status).toBe(404);
      },
    );

    test('upgrades to WebSockets, echoes text and binary messages, and says goodbye at the close', async () => {
      const { pool, origin } = await hostedPool(kind, 'hosted/websocket');
      // Over a connection of its own, for which the close need not wait.
      const page = await send(http.request(`http://${origin}/`, { agent: false }));
      expect(String(page)).toBe('not a WebSocket');
      const clients = Array.from({ length: 10 }, () => new WebSocket(`ws://${origin}`));
      onTestFinished(() => {
        for (const client of clients) client.terminate();
      });
      await Promise.all(clients.map((client) => once(client, 'open')));
      const binary = randomBytes(100_000);
      for (const client of clients) {
        client.send('hello');
        expect(String((await once(client, 'message'))[0])).toBe('hello');
        client.send(binary);
        expect((await once(client, 'message'))[0]).toEqual(binary);
      }
      const goodbyes = Promise.all(clients.map((client) => once(client, 'close')));
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
      expect((await goodbyes).map(([code, reason]) => `${code} ${String(reason)}`)).toEqual(
        clients.map(() => '1001 going away'),
      );
    });

    test('says goodbye to WebSockets in a restart, when no connection may bring a request any more', async () => {
      const { pool, origin, address } = await hostedPool(kind, 'hosted/websocket');
      const client = new WebSocket(`ws://${origin}`);
      onTestFinished(() => client.terminate());
      await once(client, 'open');
      const idle = await Http1Client.connect(address);
      await idle.get('/');
      const goodbye = once(client, 'close');
      const restarted = pool.restart();
      await once(pool, 'workerReady');
      idle.socket.end();
      expect(await restarted).toMatchObject({ cutConnections: 0 });
      const [code, reason] = (await goodbye) as [number, Buffer];
      expect(`${code} ${String(reason)}`).toBe('1001 going away');
    });

    test('serves https with a certificate that the client verifies', async () => {
      const { ca, folder } = certificate();
      const { origin } = await hostedPool(kind, 'hosted/https', { tls: folder });
      const options = { ca, servername: 'localhost', agent: false };
      const upload = randomBytes(MEBIBYTE);
      expect(
        String(
          await send(
            https.request(`https://${origin}/upload`, { ...options, method: 'POST' }),
            upload,
          ),
        ),
      ).toBe(sha256(upload));
      const download = await send(https.request(`https://${origin}/download`, options));
      expect(sha256(download)).toBe(sha256(DOWNLOAD));
      await expect(
        send(https.request(`https://${origin}/echo/x`, { agent: false, servername: 'localhost' })),
      ).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    });

    test('serves HTTP/2 without TLS, many streams at once', async () => {
      const { address } = await hostedPool(kind, 'hosted/h2c');
      const client = await Http2Client.connect(address);
      const upload = randomBytes(MEBIBYTE);
      const [hash, download, ...echoes] = await Promise.all([
        client.request('/upload', upload),
        client.request('/download'),
        ...Array.from({ length: 50 }, (_, index) => client.request(`/echo/${index}`)),
      ]);
      expect(String(hash)).toBe(sha256(upload));
      expect(sha256(download)).toBe(sha256(DOWNLOAD));
      expect(echoes.map(String)).toEqual(echoes.map((_, index) => String(index)));
    });

    test('serves HTTP/2 with TLS, and HTTP/1 on the same port', async () => {
      const { ca, folder } = certificate();
      const { address, origin } = await hostedPool(kind, 'hosted/h2', { tls: folder });
      const client = await Http2Client.connect(address, ca);
      expect(client.session.alpnProtocol).toBe('h2');
      const upload = randomBytes(MEBIBYTE);
      expect(String(await client.request('/upload', upload))).toBe(sha256(upload));
      const reply = await send(
        https.request(`https://${origin}/echo/one`, { ca, servername: 'localhost', agent: false }),
      );
      expect(String(reply)).toBe('one');
    });

    test('serves a TLS server that is no HTTP server, and lets it say goodbye', async () => {
      const { ca, folder } = certificate();
      const { pool, address } = await hostedPool(kind, 'hosted/tls', { tls: folder });
      const client = tls.connect({
        port: address.port,
        host: address.address,
        ca,
        servername: 'localhost',
      });
      client.write('hello');
      expect(String((await once(client, 'data'))[0])).toBe('hello');
      const [goodbye, report] = await Promise.all([text(client), pool.close()]);
      expect(goodbye).toBe('goodbye');
      expect(report).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
    });

    test('keeps a connection alive on one worker for all its requests', async () => {
      const { address } = await hostedPool(kind, 'hosted/http', {}, { workers: 3 });
      const clients = await Promise.all(
        Array.from({ length: 6 }, () => Http1Client.connect(address)),
      );
      for (const client of clients) {
        const first = await client.get('/where');
        const second = await client.get('/where');
        expect(first).toMatchObject({ status: 200, close: false });
        expect(second?.body).toEqual(first?.body);
      }
    });

    test('receives and sends a megabyte byte for byte', async () => {
      const { origin } = await hostedPool(kind, 'hosted/http');
      const upload = randomBytes(MEBIBYTE);
      const posted = await fetch(`http://${origin}/upload`, { method: 'POST', body: upload });
      expect(await posted.text()).toBe(sha256(upload));
      const download = Buffer.from(await (await fetch(`http://${origin}/download`)).arrayBuffer());
      expect(download.length).toBe(MEBIBYTE);
      expect(sha256(download)).toBe(sha256(DOWNLOAD));
    });

    test("keeps Node's limit on the time that a client takes for its headers", async () => {
      // Node resets a connection of which it has read nothing by then, as on a busy machine.
      const { address } = await hostedPool(kind, 'hosted/http', { headersTimeoutMs: '1500' });
      const client = net.connect(address.port, address.address);
      client.write('GET / HTTP/1.1\r\nHost: slow');
      expect(await text(client)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    });

    test('answers 20 pipelined requests in order', async () => {
      const { address } = await hostedPool(kind, 'hosted/http');
      const client = await Http1Client.connect(address);
      const numbers = Array.from({ length: 20 }, (_, index) => String(index));
      client.send(...numbers.map((number) => `/echo/${number}`));
      const replies: (string | undefined)[] = [];
      while (replies.length < 20) replies.push((await client.next())?.body.toString());
      expect(replies).toEqual(numbers);
    });
  });
}
