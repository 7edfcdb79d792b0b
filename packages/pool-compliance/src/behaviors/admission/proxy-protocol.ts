import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeProxyHeader } from '@sockpool/proxy-protocol';
import type { PoolOptions, RefusedConnection, WorkerPool } from '@sockpool/pool-core';
import { certificateForTests } from '../../hosted/certificate-for-tests.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { LineClient } from '../../clients/line-client.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

const TRUSTED = { trusted: ['127.0.0.1'] };

const LOCAL = encodeProxyHeader({ version: 2, command: 'local' });

/** What a load balancer sends for a client. */
function headerOf(address: string, version: 1 | 2 = 2): Buffer {
  return encodeProxyHeader({
    version,
    source: { address, port: 5_000 },
    destination: { address: '203.0.113.9', port: 443 },
  });
}

/** Resolves to the first refusal that the pool tells of. */
function firstRefusal(pool: WorkerPool): Promise<RefusedConnection> {
  return new Promise((resolve) => {
    pool.once('connectionRefused', (refused) => resolve(refused));
  });
}

/** Workers that read the PROXY protocol's header before anything else. */
export function describeProxyProtocol(kind: PoolKind): void {
  /** Starts a pool, and gives a way to connect as the load balancer does for a client. */
  async function proxiedPool(
    options: Parameters<typeof createPool>[1] = {},
  ): Promise<{ pool: WorkerPool; connectFor: (header: Uint8Array) => Promise<LineClient> }> {
    const { pool, connect } = await listeningPool(kind, { proxyProtocol: TRUSTED, ...options });
    const connectFor = async (header: Uint8Array): Promise<LineClient> => {
      const client = await connect();
      client.socket.write(header);
      return client;
    };
    return { pool, connectFor };
  }

  describe(`${kind.name} proxyProtocol`, () => {
    const certificate = certificateForTests();

    test.each<[unknown, ErrorConstructor, string]>([
      [true, TypeError, 'Option proxyProtocol must be an object, such as .*, got true'],
      [{}, TypeError, 'Option proxyProtocol.trusted must be a list'],
      [{ trusted: new net.BlockList() }, TypeError, 'trusted must be a list .* net.BlockList'],
      [{ trusted: ['proxy'] }, TypeError, "proxyProtocol.trusted must name .* got 'proxy'"],
      [
        { ...TRUSTED, timeout: 1 },
        TypeError,
        'Unknown option proxyProtocol.timeout: did you mean proxyProtocol.timeoutMs\\? Allowed are',
      ],
      [{ ...TRUSTED, timeoutMs: 0 }, RangeError, 'Option proxyProtocol.timeoutMs must .* got 0'],
    ])('refuses %o at construction', (proxyProtocol, Class, message) => {
      const options = { proxyProtocol } as Partial<PoolOptions>;
      expect(() => createPool(kind, options)).toThrow(Class);
      expect(() => createPool(kind, options)).toThrow(new RegExp(message));
    });

    test('refuses to schedule by clients whose addresses come too late', () => {
      expect(() =>
        createPool(kind, { proxyProtocol: TRUSTED, scheduling: 'client-affinity' }),
      ).toThrow(
        expect.objectContaining({
          code: 'ERR_UNSUPPORTED_OPTION',
          message: expect.stringContaining("'client-affinity' with the option proxyProtocol"),
        }),
      );
    });

    test.each([1, 2] as const)(
      'version %d: handlers see the client, and every byte behind the header',
      async (version) => {
        const { pool, connectFor } = await proxiedPool();
        const header = headerOf('192.0.2.7', version);
        const atOnce = await connectFor(Buffer.concat([header, Buffer.from('remote\n')]));
        expect(await atOnce.next()).toBe('192.0.2.7 5000');
        const inPieces = await connectFor(header.subarray(0, 9));
        expect(await atOnce.ask('echo meanwhile')).toBe('MEANWHILE');
        inPieces.socket.write(header.subarray(9));
        expect(await inPieces.ask('remote')).toBe('192.0.2.7 5000');
        expect((await pool.stats()).total.refusedConnections).toBe(0);
      },
    );

    test("a load balancer's own connection is served with its real address", async () => {
      const { connectFor } = await proxiedPool();
      const client = await connectFor(LOCAL);
      const { localPort } = client.socket;
      expect(await client.ask('remote')).toBe(`127.0.0.1 ${localPort}`);
    });

    test.each<[string, object, string, string]>([
      ['no header', {}, 'GET / HTTP/1.1\r\n', 'ERR_PROXY_PROTOCOL_INVALID'],
      ['half a header', { timeoutMs: 30 }, 'PROXY TCP4 192.', 'ERR_PROXY_PROTOCOL_TIMEOUT'],
      ['silence', { timeoutMs: 30 }, '', 'ERR_PROXY_PROTOCOL_TIMEOUT'],
      ['a stranger', { trusted: ['192.0.2.1'] }, 'PROXY ', 'ERR_PROXY_PROTOCOL_UNTRUSTED'],
    ])('refuses, counts and tells of %s', async (_, special, sent, code) => {
      const { pool, connectFor } = await proxiedPool({ proxyProtocol: { ...TRUSTED, ...special } });
      const told = firstRefusal(pool);
      const client = await connectFor(Buffer.from(sent));
      expect(await client.next()).toBeUndefined();
      expect(await told).toEqual({
        reason: 'proxyHeader',
        remoteAddress: '127.0.0.1',
        connections: 1,
        error: expect.objectContaining({ code }),
      });
      const { total, refusedConnections } = await pool.stats();
      expect(refusedConnections.proxyHeader).toBe(1);
      expect(total).toMatchObject({ refusedConnections: 1, handlerErrors: 0, messages: 0 });
    });

    test('counts a header that ended early, and no connection that ended without a byte', async () => {
      const { pool, connectFor } = await proxiedPool();
      const told = firstRefusal(pool);
      expect(await (await connectFor(Buffer.of())).end()).toEqual({ errorCode: undefined });
      const cut = await connectFor(Buffer.from('PROXY TCP4'));
      cut.socket.end();
      await cut.ended;
      expect(await told).toMatchObject({
        connections: 1,
        error: { code: 'ERR_PROXY_PROTOCOL_ENDED' },
      });
      expect((await pool.stats()).refusedConnections.proxyHeader).toBe(1);
    });

    test('passes strangers through with their own address where told so', async () => {
      const { connectFor } = await proxiedPool({
        proxyProtocol: { trusted: ['192.0.2.1'], untrusted: 'pass' },
      });
      const client = await connectFor(Buffer.of());
      expect(await client.ask('remote')).toBe(`127.0.0.1 ${client.socket.localPort}`);
    });

    test("protection goes by the client's address, and spares the load balancer's own", async () => {
      const { pool, connectFor } = await proxiedPool({
        protection: { deny: ['127.0.0.0/8', '192.0.2.66'], maxConnectionsPerAddress: 1 },
      });
      const refused: RefusedConnection[] = [];
      pool.on('connectionRefused', (refusal) => refused.push(refusal));
      const good = await connectFor(headerOf('192.0.2.1'));
      expect(await good.ask('echo in')).toBe('IN');
      expect(await (await connectFor(headerOf('192.0.2.2'))).ask('echo in')).toBe('IN');
      expect(await (await connectFor(headerOf('192.0.2.1'))).ask('echo in')).toBeUndefined();
      expect(await (await connectFor(headerOf('192.0.2.66'))).ask('echo in')).toBeUndefined();
      for (let check = 0; check < 3; check += 1) {
        expect(await (await connectFor(LOCAL)).ask('echo check')).toBe('CHECK');
      }
      expect(await good.ask('echo still')).toBe('STILL');
      await expect.poll(() => refused).toHaveLength(2);
      const told = refused.map(({ reason, remoteAddress }) => `${reason} ${remoteAddress}`);
      expect(told.toSorted()).toEqual(['addressLimit 192.0.2.1', 'denied 192.0.2.66']);
    });

    test.each<[NonNullable<PoolOptions['protection']>, string, string]>([
      [{ firstByteTimeoutMs: 1_500 }, 'firstByteTimeout', ''],
      [{ maxConnectionBytes: 20 }, 'bytes', `echo ${'x'.repeat(30)}\n`],
    ])("%o is the client's alone: the header is no byte of it", async (limit, reason, sent) => {
      const { pool, connectFor } = await proxiedPool({
        protection: { ...limit, sweepIntervalMs: 10 },
      });
      const told = firstRefusal(pool);
      const brief = await connectFor(headerOf('192.0.2.1'));
      expect(await brief.ask('echo ok')).toBe('OK');
      const client = await connectFor(headerOf('192.0.2.2'));
      client.socket.write(sent);
      await client.ended;
      expect(await told).toMatchObject({ reason, remoteAddress: '192.0.2.2', connections: 1 });
      expect(await brief.ask('echo on')).toBe('ON');
    });

    test('a client that ends behind its header is let go, with half-open connections too', async () => {
      const { pool, connectFor } = await proxiedPool({
        name: 'ends-half-open',
        connection: { allowHalfOpen: true },
        protection: { maxConnectionsPerAddress: 10 },
      });
      const client = await connectFor(headerOf('192.0.2.1'));
      expect(await client.end()).toEqual({ errorCode: undefined });
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(0);
    });

    test('HTTP servers get every byte behind the header', async () => {
      const { address } = await hostedPool(kind, 'hosted/http', {}, { proxyProtocol: TRUSTED });
      const body = randomBytes(500_000);
      const socket = net.connect(address.port, address.address);
      onTestFinished(() => void socket.destroy());
      socket.write(headerOf('192.0.2.7'));
      const request = http.request({
        createConnection: () => socket,
        method: 'POST',
        path: '/upload',
        headers: { 'content-length': body.length },
      });
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(await text(response)).toBe(createHash('sha256').update(body).digest('hex'));
    });

    test('an HTTPS server with passClientAddress() sees the client through TLS', async () => {
      const { ca, folder } = certificate();
      const options = { proxyProtocol: TRUSTED };
      const { address } = await hostedPool(kind, 'hosted/https', { tls: folder }, options);
      const socket = net.connect(address.port, address.address);
      onTestFinished(() => void socket.destroy());
      socket.write(headerOf('192.0.2.7'));
      const request = https.request({
        createConnection: () => tls.connect({ socket, ca, servername: 'localhost' }),
        path: '/remote',
      });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect(await text(response)).toBe('192.0.2.7');
    });

    test('close() finishes proxied connections', async () => {
      const { pool, connectFor } = await proxiedPool();
      const client = await connectFor(headerOf('192.0.2.1'));
      expect(await client.ask('echo in')).toBe('IN');
      const closed = pool.close();
      expect(await client.ask('echo out')).toBe('OUT');
      await client.end();
      expect(await closed).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
    });
  });
}
