import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { type Haproxy, startHaproxy, withoutHaproxy } from '@sockpool/haproxy-fixture';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import type { ProxyHeader } from '../src/proxy-header.ts';
import { proxyProtocol } from '../src/proxy-protocol.ts';
import { readProxyHeader } from '../src/read-proxy-header.ts';
import { listen, readAll, type TestServer } from './fixtures/connections.ts';

const TRUSTED = { trusted: ['127.0.0.1'] } as const;
const skipped = withoutHaproxy === undefined ? '' : ` (skipped: ${withoutHaproxy})`;

/** Serves HTTP behind the protocol; `checked` resolves with the client of a health check. */
async function serveHttp(): Promise<{
  server: TestServer<net.Server>;
  refused: Error[];
  checked: Promise<string>;
}> {
  const refused: Error[] = [];
  const { promise: checked, resolve } = Promise.withResolvers<string>();
  const inner = http.createServer((incoming, response) => {
    const { remoteAddress, remotePort } = incoming.socket;
    if (incoming.url === '/health') resolve(String(remoteAddress));
    response.end(`${remoteAddress}:${remotePort}`);
  });
  const handler = proxyProtocol(
    { ...TRUSTED, onRefused: (error) => refused.push(error) },
    (socket) => void inner.emit('connection', socket),
  );
  return { server: await listen(net.createServer(handler)), refused, checked };
}

/** Connects through HAProxy, which may still be starting: the frontend's socket is bound already. */
async function connect({ port }: Haproxy): Promise<net.Socket> {
  for (;;) {
    const client = net.connect(port, '127.0.0.1');
    try {
      await once(client, 'connect');
      return client;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}

describe.skipIf(withoutHaproxy !== undefined)(`Behind HAProxy${skipped}`, () => {
  test.each(['send-proxy', 'send-proxy-v2', 'send-proxy-v2 proxy-v2-options crc32c,unique-id'])(
    'clients and health checks are served with %s',
    async (how) => {
      const { refused, checked, ...served } = await serveHttp();
      await using server = served.server;
      await using haproxy = await startHaproxy({
        frontend: 'unique-id-format %ci-%cp',
        backend: `option httpchk GET /health
  server one 127.0.0.1:${server.port} ${how} check check-send-proxy inter 100ms`,
      });
      expect(await checked).toBe('127.0.0.1');
      for (let round = 0; round < 3; round++) {
        const client = await connect(haproxy);
        const { localPort } = client;
        client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        // The address is the client's own, not that of HAProxy's connection to the server.
        expect(await readAll(client)).toContain(`127.0.0.1:${localPort}`);
      }
      expect(refused).toEqual([]);
    },
  );

  test('the checksum, the unique id and what it says about TLS are understood', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'sockpool' }]);
    const received = Promise.withResolvers<ProxyHeader | undefined>();
    await using server = await listen(
      net.createServer((socket) => {
        readProxyHeader(socket, TRUSTED).then((header) => {
          received.resolve(header);
          socket.end('bye');
        }, received.reject);
      }),
    );
    await using haproxy = await startHaproxy({
      pem: `${key}\n${cert}`,
      bind: 'ssl crt server.pem alpn sockpool/1',
      frontend: 'unique-id-format id-%cp',
      backend: `server one 127.0.0.1:${server.port} send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,cert-key,cert-sig,authority,crc32c,unique-id`,
    });
    const raw = await connect(haproxy);
    const client = tls.connect({
      socket: raw,
      servername: 'echo.example',
      ALPNProtocols: ['sockpool/1'],
      rejectUnauthorized: false,
    });
    await once(client, 'secureConnect');
    client.write('hello');
    expect(await received.promise).toMatchObject({
      version: 2,
      command: 'proxy',
      checksummed: true,
      source: { address: '127.0.0.1', port: raw.localPort },
      destination: { address: '127.0.0.1', port: haproxy.port },
      tlvs: {
        alpn: 'sockpool/1',
        authority: 'echo.example',
        uniqueId: Buffer.from(`id-${raw.localPort}`),
        ssl: {
          tls: true,
          certificateOnConnection: false,
          version: client.getProtocol(),
          cipher: client.getCipher().name,
          keyAlgorithm: 'RSA2048',
        },
      },
    });
    expect(await readAll(client)).toBe('bye');
  });
});
