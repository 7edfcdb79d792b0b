import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import type tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeProxyHeader } from '@sockpool/proxy-protocol';
import {
  InvalidTlsOptionsError,
  PoolClosedError,
  type PoolOptions,
  type RefusedConnection,
  UnsupportedOptionError,
  type WorkerPool,
} from '@sockpool/worker-supervisor';
import { certificateForTests, type TestCertificate } from '../hosted/certificate-for-tests.ts';
import { hostedPool } from '../hosted/hosted-pool.ts';
import { Http2Client } from '../http2-client.ts';
import { createPool, listeningPool, type PoolKind } from '../pool-under-test.ts';
import { connectTls, startTls, type TlsClient } from '../tls-client.ts';

/** What the handler says of its connection. */
interface Secured {
  readonly servername: string | false;
  readonly alpnProtocol: string | false;
  readonly authorized: boolean;
  readonly authorizationError: string | null;
  readonly resumed: boolean;
}

async function secured({ lines }: TlsClient): Promise<Secured> {
  return JSON.parse(String(await lines.ask('tls'))) as Secured;
}

/** Resolves to the first refusal that the pool tells of. */
function firstRefusal(pool: WorkerPool): Promise<RefusedConnection> {
  return new Promise((resolve) => {
    pool.once('connectionRefused', (refused) => resolve(refused));
  });
}

/** Connects without TLS. */
function plainClient(pool: WorkerPool): net.Socket {
  const { port, address } = pool.address as net.AddressInfo;
  const socket = net.connect(port, address).resume();
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when a connection is gone, however it ended. */
function gone(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** The certificate that a client was shown. */
function fingerprint(certificate: TestCertificate): string {
  return new X509Certificate(certificate.ca).fingerprint256;
}

/** Connects clients that keep their connections, until every worker has one. */
async function clientsOfAllWorkers(
  connect: () => Promise<TlsClient>,
  workers: number,
): Promise<TlsClient[]> {
  const clients: TlsClient[] = [];
  const ids = new Set<string | undefined>();
  while (ids.size < workers) {
    const client = await connect();
    clients.push(client);
    ids.add(await client.lines.ask('worker'));
  }
  return clients;
}

/** Workers that terminate TLS. */
export function describeTls(kind: PoolKind): void {
  describe(`${kind.name} tls`, () => {
    const certificate = certificateForTests();
    const renewed = certificateForTests();
    const elsewhere = certificateForTests('elsewhere.test');
    const client = certificateForTests('client');

    /** Starts a pool that terminates TLS, and gives a way to connect to it. */
    async function securePool(
      tlsOptions: PoolOptions['tls'] = {},
      options: Parameters<typeof createPool>[1] = {},
    ): Promise<{
      pool: WorkerPool;
      connect: (options?: tls.ConnectionOptions) => Promise<TlsClient>;
      start: (options?: tls.ConnectionOptions) => TlsClient;
    }> {
      const { pool } = await listeningPool(kind, {
        tls: { ...certificate().identity, ...tlsOptions },
        ...options,
      });
      const ca = [certificate().ca, renewed().ca, elsewhere().ca];
      return {
        pool,
        connect: (to = {}) => connectTls(pool.address, { ca, ...to }),
        start: (to = {}) => startTls(pool.address, { ca, ...to }),
      };
    }

    test.each<[unknown, ErrorConstructor, string]>([
      [true, TypeError, 'Option tls must be an object, such as { key, cert }, got true'],
      [{}, TypeError, 'Option tls must have a key and a cert, or a pfx'],
      [{ key: 'x' }, TypeError, 'Option tls must have a key and a cert, or a pfx'],
      [{ key: 1, cert: 'x' }, TypeError, 'Option tls.key must be PEM text .*, got 1'],
      [{ pfx: 'x' }, TypeError, "Option tls.pfx must be bytes, got 'x'"],
      [{ keys: 'x' }, TypeError, 'Unknown option tls.keys: allowed are key, cert'],
      [
        { key: 'x', cert: 'x', serverNames: { 'a.test': { key: 'x' } } },
        TypeError,
        "Option tls.serverNames\\['a.test'\\] must have a key and a cert",
      ],
      [{ key: 'x', cert: 'x', handshakeTimeoutMs: 0 }, RangeError, 'handshakeTimeoutMs .* got 0'],
      [{ key: 'x', cert: 'x', ALPNProtocols: 'h2' }, TypeError, "ALPNProtocols .* got 'h2'"],
      [{ key: 'x', cert: 'x', ALPNProtocols: [''] }, TypeError, "1 to 255 bytes, got ''"],
      [{ key: 'x', cert: 'x', ticketKeys: new Uint8Array(47) }, TypeError, '48 bytes, got 47'],
      [{ key: 'x', cert: 'x', requestCert: 1 }, TypeError, 'tls.requestCert .* got 1'],
    ])('refuses %o at construction', (tlsOptions, Class, message) => {
      const options = { tls: tlsOptions } as Partial<PoolOptions>;
      expect(() => createPool(kind, options)).toThrow(Class);
      expect(() => createPool(kind, options)).toThrow(new RegExp(message));
    });

    test('refuses at construction what OpenSSL cannot use, and says why', () => {
      const { key, cert } = certificate().identity;
      for (const [options, message] of [
        [{ key, cert: 'no certificate' }, /^Option tls cannot be used: .*no start line/],
        [{ key: renewed().identity.key, cert }, /^Option tls cannot be used: .*mismatch/],
        [{ key, cert, ciphers: 'no-cipher' }, /^Option tls cannot be used: .*cipher/],
        [
          { key, cert, serverNames: { 'a.test': { key: 'x', cert } } },
          /^Option tls cannot be used: /,
        ],
      ] as const) {
        const create = (): unknown => createPool(kind, { tls: options });
        expect(create).toThrow(InvalidTlsOptionsError);
        expect(create).toThrow(message);
      }
    });

    test.skipIf(kind.workersAccept === true)(
      'refuses to say in clear that there is no place',
      () => {
        const overload = { policy: 'reject', rejectWith: 'http-503' } as const;
        const create = (): unknown => createPool(kind, { overload, tls: certificate().identity });
        expect(create).toThrow(UnsupportedOptionError);
        expect(create).toThrow('Cannot say overload.rejectWith to clients with the option tls');
      },
    );

    test('handlers get connections that have shaken hands, with what was agreed on', async () => {
      const { connect } = await securePool({ ALPNProtocols: ['one', 'two'] });
      const one = await connect({ ALPNProtocols: ['two', 'one'] });
      expect(one.socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(certificate()));
      expect(await secured(one)).toMatchObject({ servername: 'localhost', alpnProtocol: 'one' });
      expect(await one.lines.ask('echo hello')).toBe('HELLO');
      const two = await connect();
      expect(await secured(two)).toMatchObject({ alpnProtocol: false, resumed: false });
      expect(await one.lines.end()).toEqual({ errorCode: undefined });
      expect(await two.lines.ask('echo still')).toBe('STILL');
    });

    test('clients get the certificate of the name that they ask for', async () => {
      const { connect } = await securePool({
        serverNames: { 'elsewhere.test': elsewhere().identity },
      });
      const there = await connect({ servername: 'elsewhere.test' });
      expect(there.socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(elsewhere()));
      expect(await secured(there)).toMatchObject({ servername: 'elsewhere.test' });
      const here = await connect();
      expect(here.socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(certificate()));
    });

    test('a client that does not shake hands is refused, counted and told of', async () => {
      const { pool, connect } = await securePool();
      const told = firstRefusal(pool);
      const plain = plainClient(pool);
      plain.write('GET / HTTP/1.1\r\n\r\n');
      await gone(plain);
      expect(await told).toMatchObject({
        reason: 'tlsHandshake',
        remoteAddress: '127.0.0.1',
        connections: 1,
        error: { code: 'ERR_SSL_HTTP_REQUEST' },
      });
      expect(await (await connect()).lines.ask('echo in')).toBe('IN');
      const { total, refusedConnections } = await pool.stats();
      expect(refusedConnections.tlsHandshake).toBe(1);
      expect(total).toMatchObject({ refusedConnections: 1, messages: 1, handlerErrors: 0 });
    });

    test('a client whose protocols are all unknown is refused', async () => {
      const { pool, start } = await securePool({ ALPNProtocols: ['h2'] });
      const told = firstRefusal(pool);
      const { lines } = start({ ALPNProtocols: ['spdy/1'] });
      expect((await lines.ended).errorCode).toContain('NO_APPLICATION_PROTOCOL');
      expect(await told).toMatchObject({ error: { code: 'ERR_SSL_NO_APPLICATION_PROTOCOL' } });
    });

    test.each([
      ['silent', Buffer.of()],
      // The beginning of a client's first message, 512 bytes long.
      ['dripping', Buffer.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3)],
    ])('a %s client is refused when the time for its handshake is up', async (_, bytes) => {
      const { pool, connect } = await securePool({ handshakeTimeoutMs: 100 });
      const told = firstRefusal(pool);
      const plain = plainClient(pool);
      let dripped = 0;
      const dripping = setInterval(() => {
        plain.write(bytes.subarray(dripped, dripped + 1));
        dripped += 1;
      }, 20);
      onTestFinished(() => clearInterval(dripping));
      await gone(plain);
      expect(await told).toMatchObject({ error: { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' } });
      expect(await (await connect()).lines.ask('echo in')).toBe('IN');
    });

    test('clients that go before or in the middle of a handshake are not refused', async () => {
      const { pool, connect } = await securePool();
      await gone(plainClient(pool).end());
      await gone(plainClient(pool).end(Buffer.of(22, 3, 1)));
      const reset = plainClient(pool);
      await once(reset, 'connect');
      reset.resetAndDestroy();
      const idle = await connect();
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      expect((await pool.stats()).refusedConnections.tlsHandshake).toBe(0);
      expect(await idle.lines.ask('echo in')).toBe('IN');
    });

    test('clients must show a certificate where one is asked for', async () => {
      const { pool, connect, start } = await securePool({ requestCert: true, ca: client().ca });
      const refused: RefusedConnection[] = [];
      pool.on('connectionRefused', (refusal) => refused.push(refusal));
      const known = await connect({ ...client().identity });
      expect(await secured(known)).toMatchObject({ authorized: true });
      const without = start();
      await without.lines.ended;
      const stranger = start({ ...elsewhere().identity });
      await stranger.lines.ended;
      await expect
        .poll(() => refused.map(({ error }) => (error as NodeJS.ErrnoException).code))
        .toEqual(['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
      expect(refused.map(({ remoteAddress }) => remoteAddress)).toEqual(['127.0.0.1', '127.0.0.1']);
      expect((await pool.stats()).refusedConnections.tlsHandshake).toBe(2);
      expect(await known.lines.ask('echo still')).toBe('STILL');
    });

    test('handlers decide about certificates where the pool does not', async () => {
      const { connect } = await securePool({
        requestCert: true,
        rejectUnauthorized: false,
        ca: client().ca,
      });
      expect(await secured(await connect({ ...elsewhere().identity }))).toMatchObject({
        authorized: false,
        authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
      expect(await secured(await connect({ ...client().identity }))).toMatchObject({
        authorized: true,
      });
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      '%s sessions are resumed by every worker, and by those that replace it',
      async (version) => {
        const { pool, connect } = await securePool({ maxVersion: version });
        const first = await connect();
        const session = await first.session;
        const resuming = (): Promise<TlsClient> => connect({ session });
        const allResumed = async (): Promise<boolean> => {
          const clients = await clientsOfAllWorkers(resuming, 2);
          const all = await Promise.all(clients.map(secured));
          for (const { lines } of clients) await lines.end();
          return all.every(({ resumed }) => resumed);
        };
        expect(await secured(first)).toMatchObject({ resumed: false });
        expect(await allResumed()).toBe(true);
        await first.lines.end();
        await pool.restart();
        expect(await allResumed()).toBe(true);
        const respawned = once(pool, 'workerReady');
        (await connect()).lines.send('exit 1');
        await respawned;
        expect(await allResumed()).toBe(true);
        await pool.reloadTls(certificate().identity);
        expect(await secured(await resuming())).toMatchObject({ resumed: false });
      },
    );

    test('sessions are resumed after a reload with the same ticket keys', async () => {
      const tlsOptions = { ...certificate().identity, ticketKeys: randomBytes(48) };
      const { pool, connect } = await securePool(tlsOptions);
      const { session } = await connect();
      await pool.reloadTls(tlsOptions);
      expect(await secured(await connect({ session: await session }))).toMatchObject({
        resumed: true,
      });
    });

    test('reloadTls() exchanges the certificate in every worker, and in those still to come', async () => {
      const { pool, connect } = await securePool();
      const before = await clientsOfAllWorkers(connect, 2);
      const shown = async (): Promise<Set<string | undefined>> => {
        const clients = await clientsOfAllWorkers(connect, 2);
        const certificates = clients.map(({ socket }) => socket.getPeerX509Certificate());
        for (const { lines } of clients) await lines.end();
        return new Set(certificates.map((known) => known?.fingerprint256));
      };
      await pool.reloadTls(renewed().identity);
      expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
      for (const { lines } of before) expect(await lines.ask('echo still')).toBe('STILL');
      expect((await pool.stats()).respawns).toBe(0);
      const respawned = once(pool, 'workerReady');
      before[0]?.lines.send('exit 1');
      await respawned;
      expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
      for (const { lines } of before) await lines.end();
      await pool.restart();
      expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
    });

    test('reloadTls() changes nothing with a certificate that cannot be used', async () => {
      const { pool, connect } = await securePool();
      const { key } = renewed().identity;
      const { cert } = certificate().identity;
      await expect(pool.reloadTls({ key, cert })).rejects.toThrow(InvalidTlsOptionsError);
      await expect(pool.reloadTls({ cert })).rejects.toThrow(TypeError);
      const { socket } = await connect();
      expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(certificate()));
      await pool.restart();
      const { lines } = await connect();
      expect(await lines.ask('echo in')).toBe('IN');
    });

    test('reloadTls() before listen() holds, without tls and after the close it is refused', async () => {
      const { identity } = renewed();
      const pool = createPool(kind, { tls: certificate().identity });
      await pool.reloadTls(identity);
      await pool.listen();
      const { socket, lines } = await connectTls(pool.address, { ca: renewed().ca });
      expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(renewed()));
      await lines.end();
      await pool.close();
      await expect(pool.reloadTls(identity)).rejects.toThrow(PoolClosedError);
      await expect(createPool(kind).reloadTls(identity)).rejects.toThrow(
        'Cannot reload TLS: the pool was made without the option tls',
      );
    });

    test('reloads and restarts under load lose no client', async () => {
      const { pool } = await hostedPool(
        kind,
        'hosted-http',
        {},
        {
          tls: certificate().identity,
          workers: 2,
        },
      );
      const { port, address: host } = pool.address as net.AddressInfo;
      const stopping = new AbortController();
      onTestFinished(() => stopping.abort());
      const ca = [certificate().ca, renewed().ca];
      const wrong: string[] = [];
      let right = 0;
      const lanes = Array.from({ length: 8 }, async (_, lane) => {
        const agent = new https.Agent({ ca, servername: 'localhost', keepAlive: true });
        for (let round = 0; !stopping.signal.aborted; round += 1) {
          // Every few requests a new connection, so that there are always handshakes under way.
          const request = https.get({
            host,
            port,
            path: `/echo/${lane}-${round}`,
            ca,
            servername: 'localhost',
            agent: round % 4 === 0 ? false : agent,
          });
          try {
            const [response] = (await once(request, 'response')) as [http.IncomingMessage];
            const body = await text(response);
            if (body === `${lane}-${round}`) right += 1;
            else wrong.push(body);
          } catch (error) {
            wrong.push(String(error));
          }
        }
        agent.destroy();
      });
      await expect.poll(() => right).toBeGreaterThan(20);
      for (let round = 0; round < 4; round += 1) {
        await pool.reloadTls((round % 2 === 0 ? renewed() : certificate()).identity);
        await Promise.all([pool.restart(), pool.reloadTls(renewed().identity)]);
      }
      stopping.abort();
      await Promise.all(lanes);
      expect(wrong).toEqual([]);
      expect((await pool.stats()).refusedConnections.tlsHandshake).toBe(0);
    });

    test('a hosted HTTP server gets every byte, and close() finishes its connection', async () => {
      const { ca, identity } = certificate();
      const { origin, pool } = await hostedPool(kind, 'hosted-http', {}, { tls: identity });
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
        'hosted-by-alpn',
        {},
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
      const { pool } = await hostedPool(kind, 'hosted-https', { tls: folder }, { tls: identity });
      const told = once(pool, 'handlerError');
      const { lines } = startTls(pool.address, { ca });
      const [error] = (await told) as [Error];
      expect(error.message).toMatch(/option tls has terminated, for a server that expects TLS/);
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
      [{ firstByteTimeoutMs: 100 }, 'firstByteTimeout', undefined],
      [{ idleTimeoutMs: 100 }, 'idleTimeout', 'echo in\n'],
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
      expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
      await silentClosed;
      const another = plainClient(pool);
      const anotherClosed = gone(another);
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      expect(await pool.close()).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
      await anotherClosed;
    });

    test('an error in the middle of a secured connection is counted, and ends nothing else', async () => {
      const { pool, connect } = await securePool();
      const below = plainClient(pool).pause();
      const [one, two] = [await connect({ socket: below }), await connect()];
      expect(await one.lines.ask('echo in')).toBe('IN');
      below.resetAndDestroy();
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      expect(await two.lines.ask('echo still')).toBe('STILL');
      expect(await pool.stats()).toMatchObject({ respawns: 0, total: { socketErrors: 1 } });
    });
  });
}
