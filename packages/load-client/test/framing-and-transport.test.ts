import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { createEchoHandler, FRAMINGS } from '@sockpool/echo-protocol';
import { describe, expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { CERTIFICATE, KEY } from './fixtures/certificate.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('framings', () => {
  test.each(FRAMINGS)('%s talks to the echo handler of the same framing', async (framing) => {
    const handler = createEchoHandler({ framing });
    await using server = await startServer((socket) => void handler(socket));
    const result = await runLoad({
      port: server.port,
      connections: 3,
      requests: 40,
      framing,
      pipeline: framing === 'raw' ? 1 : 8,
      messages: ['hello', 'Straße', 'trailing  ', '{{counter}} {{random:40}} {{int:1..6}}'],
    });
    expect(result.requests).toMatchObject({ sent: 120, right: 120, failed: 0 });
    expect(result.settings.framing).toBe(framing);
  });

  test('messages of a range of sizes are sent whole', async () => {
    const handler = createEchoHandler({ framing: 'length-prefixed' });
    await using server = await startServer((socket) => void handler(socket));
    const result = await runLoad({
      port: server.port,
      requests: 30,
      framing: 'length-prefixed',
      messageBytes: [1, 200_000],
    });
    expect(result.requests).toMatchObject({ right: 30, failed: 0 });
  });

  test('a framing module of the user encodes, decodes and verifies, in every thread', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => socket.write(chunk.toString().replaceAll('?', '!')));
    });
    const result = await runLoad({
      port: server.port,
      connections: 4,
      threads: 2,
      requests: 10,
      pipeline: 3,
      messages: ['hello', 'are you sure'],
      framingModule: new URL('fixtures/question-framing.mjs', import.meta.url).href,
    });
    expect(result.requests).toMatchObject({ right: 40, failed: 0 });
  });

  test('a framing module without its functions rejects with ERR_FRAMING_MODULE', async () => {
    const framingModule = new URL('fixtures/certificate.ts', import.meta.url).href;
    await expect(runLoad({ port: 1, framingModule })).rejects.toMatchObject({
      code: 'ERR_FRAMING_MODULE',
    });
  });
});

describe('transports', () => {
  test('a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'load-client-'));
    const path = join(folder, 'echo.sock');
    {
      await using server = await startServer(echoUpperCase, { path });
      const result = await runLoad({ path, connections: 2, requests: 5 });
      expect(result.requests).toMatchObject({ right: 10 });
      expect(result.target).toBe(path);
      expect(server.accepted()).toBe(2);
    }
    await rm(folder, { recursive: true });
  });

  test.skipIf(!hasIpv6)('IPv6 (skipped where ::1 is missing)', async () => {
    await using server = await startServer(echoUpperCase, { port: 0, host: '::1' });
    const result = await runLoad({ host: '::1', port: server.port, requests: 5 });
    expect(result.requests).toMatchObject({ right: 5 });
    expect(result.target).toBe(`[::1]:${server.port}`);
  });

  test('TLS, with the certificate verified', async () => {
    const server = tls.createServer({ cert: CERTIFICATE, key: KEY }, echoUpperCase);
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const trusted = await runLoad({
      port,
      connections: 2,
      requests: 5,
      tls: { ca: CERTIFICATE, servername: 'localhost' },
    });
    expect(trusted.requests).toMatchObject({ right: 10, failed: 0 });
    const untrusted = await runLoad({ port, tls: true, reconnectAttempts: 0 });
    expect(untrusted.errors.tls).toBe(1);
    expect(untrusted.requests).toMatchObject({ sent: 0, unsent: 1 });
    server.close();
    await once(server, 'close');
  });
});
