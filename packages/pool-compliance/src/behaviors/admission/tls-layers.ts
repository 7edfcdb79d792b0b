import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { encodeProxyHeader } from '@sockpool/proxy-protocol';
import type { PoolOptions } from '@sockpool/pool-core';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { Http2Client } from '../../clients/http2-client.ts';
import type { PoolKind } from '../../pool-under-test.ts';
import {
  clientsOfAllWorkers,
  firstRefusal,
  gone,
  plainClient,
  securePools,
} from '../../secure-pools.ts';
import { startTls } from '../../clients/tls-client.ts';

/** What lies under and over the TLS that workers terminate: headers, protection, hosted servers. */
export function describeTlsLayers(kind: PoolKind): void {
  describe(`${kind.name} tls, layers`, () => {
    const { certificate, securePool } = securePools(kind);

    test('a hosted HTTP server gets every byte, and close() finishes its connection', async () => {
      const { ca, identity } = certificate();
      const { origin, pool } = await hostedPool(kind, 'hosted/http', {}, { tls: identity });
      const body = randomBytes(500_000);
      const request = https.request(`https://${origin}/upload`, {
        ca,
        servername: 'localhost',
        method: 'POST',
        agent: false,
      });
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(await text(response)).toBe(createHash('sha256').update(body).digest('hex'));
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
    });

    test('clients choose between HTTP/2 and HTTP/1 on one port', async () => {
      const { ca, identity } = certificate();
      const { address, origin, pool } = await hostedPool(
        kind,
        'hosted/by-alpn',
        { idleGraceMs: '0' },
        {
          tls: { ...identity, ALPNProtocols: ['h2', 'http/1.1'] },
        },
      );
      const h2 = await Http2Client.connect(address, ca);
      expect(h2.session.alpnProtocol).toBe('h2');
      const echoes = Array.from({ length: 20 }, (_, index) => h2.request(`/echo/${index}`));
      expect((await Promise.all(echoes)).map(String)).toEqual(echoes.map((_, index) => `${index}`));
      const request = https.get(`https://${origin}/echo/one`, {
        ca,
        servername: 'localhost',
        agent: false,
      });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(await text(response)).toBe('one');
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
      expect(await h2.ended).toBeUndefined();
    });

    test('a hosted server that expects TLS itself is a mistake that is told', async () => {
      const { ca, identity, folder } = certificate();
      const { pool } = await hostedPool(kind, 'hosted/https', { tls: folder }, { tls: identity });
      const told = once(pool, 'handlerError');
      const { lines } = startTls(pool.address, { ca });
      const [error] = (await told) as [Error];
      expect(error.message).toMatch(
        /^Cannot serve a connection whose TLS the pool has terminated: /,
      );
      await lines.ended;
    });

    test("the client's address comes through a load balancer and TLS, for protection too", async () => {
      const { pool, connect, start } = await securePool(
        {},
        {
          proxyProtocol: { trusted: ['127.0.0.1'] },
          protection: { maxConnectionsPerAddress: 1, deny: ['192.0.2.66'] },
        },
      );
      const told: string[] = [];
      pool.on('connectionRefused', ({ reason, remoteAddress }) =>
        told.push(`${reason} ${remoteAddress}`),
      );
      const proxied = (address: string): net.Socket => {
        const socket = plainClient(pool).pause();
        socket.write(
          encodeProxyHeader({
            version: 2,
            source: { address, port: 5_000 },
            destination: { address: '203.0.113.9', port: 443 },
          }),
        );
        return socket;
      };
      const good = await connect({ socket: proxied('192.0.2.1') });
      expect(await good.lines.ask('remote')).toBe('192.0.2.1 5000');
      for (const address of ['192.0.2.66', '192.0.2.1']) {
        await start({ socket: proxied(address) }).lines.ended;
      }
      await expect
        .poll(() => told.toSorted())
        .toEqual(['addressLimit 192.0.2.1', 'denied 192.0.2.66']);
      expect(await good.lines.ask('echo still')).toBe('STILL');
    });

    test.each<[NonNullable<PoolOptions['protection']>, string, string | undefined]>([
      [{ firstByteTimeoutMs: 1_500 }, 'firstByteTimeout', undefined],
      [{ idleTimeoutMs: 1_500 }, 'idleTimeout', 'echo in\n'],
      [{ maxTotalBufferedBytes: 10_000 }, 'memory', `stall\n${'x'.repeat(1_000_000)}`],
    ])('%o cuts a connection once, with TLS too', async (limit, reason, said) => {
      const { pool, connect } = await securePool(
        {},
        { protection: { ...limit, sweepIntervalMs: 10 } },
      );
      const told = firstRefusal(pool);
      if (said === undefined) {
        await gone(plainClient(pool));
      } else {
        const { lines } = await connect();
        lines.socket.write(said);
        await lines.ended;
      }
      expect(await told).toMatchObject({ reason, connections: 1 });
      const { refusedConnections, total } = await pool.stats();
      expect(Object.values(refusedConnections).reduce((sum, count) => sum + count)).toBe(1);
      expect(total.refusedConnections).toBe(1);
    });

    test('close() and restart() wait for no client that is silent before its handshake', async () => {
      const { pool, connect } = await securePool({ handshakeTimeoutMs: 60_000 });
      const clients = await clientsOfAllWorkers(connect, 2);
      const silent = plainClient(pool);
      const silentClosed = gone(silent);
      await expect
        .poll(async () => (await pool.stats()).total.activeConnections)
        .toBe(clients.length + 1);
      for (const { lines } of clients) await lines.end();
      expect(await pool.restart({ graceMs: 4_000 })).toMatchObject({ cutConnections: 0 });
      await silentClosed;
      const another = plainClient(pool);
      const anotherClosed = gone(another);
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      expect(await pool.close()).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
      await anotherClosed;
    });
  });
}
