import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  InvalidTlsOptionsError,
  type PoolOptions,
  type RefusedConnection,
  UnsupportedOptionError,
} from '@sockpool/pool-core';
import { createPool, type PoolKind } from '../../pool-under-test.ts';
import {
  firstRefusal,
  fingerprint,
  gone,
  plainClient,
  secured,
  securePools,
} from '../../secure-pools.ts';

/** Which clients shake hands with workers that terminate TLS, and what handlers learn of it. */
export function describeTlsHandshakes(kind: PoolKind): void {
  describe(`${kind.name} tls`, () => {
    const { certificate, renewed, elsewhere, client, securePool } = securePools(kind);

    test.each<[unknown, ErrorConstructor, string]>([
      [true, TypeError, 'Option tls must be an object, such as { key, cert }, got true'],
      [{}, TypeError, 'Option tls must have a key and a cert, or a pfx'],
      [{ key: 'x' }, TypeError, 'Option tls must have a key and a cert, or a pfx'],
      [{ key: 1, cert: 'x' }, TypeError, 'Option tls.key must be PEM text .*, got 1'],
      [{ pfx: 'x' }, TypeError, "Option tls.pfx must be bytes, got 'x'"],
      [
        { keys: 'x' },
        TypeError,
        'Unknown option tls.keys: did you mean tls.key\\? Allowed are key, cert',
      ],
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
        [{ key, cert: 'no certificate' }, /^Cannot use option tls: .*no start line/],
        [{ key: renewed().identity.key, cert }, /^Cannot use option tls: .*mismatch/],
        [{ key, cert, ciphers: 'no-cipher' }, /^Cannot use option tls: .*cipher/],
        [{ key, cert, serverNames: { 'a.test': { key: 'x', cert } } }, /^Cannot use option tls: /],
      ] as const) {
        const create = (): unknown => createPool(kind, { tls: options });
        expect(create).toThrow(InvalidTlsOptionsError);
        expect(create).toThrow(message);
      }
    });

    test.skipIf(kind.capabilities.acceptsInWorkers === true)(
      'refuses to say in clear that the pool is full',
      () => {
        const overload = { policy: 'reject', rejectWith: 'http-503' } as const;
        const create = (): unknown => createPool(kind, { overload, tls: certificate().identity });
        expect(create).toThrow(UnsupportedOptionError);
        expect(create).toThrow('Cannot combine overload.rejectWith with the option tls');
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
      const { pool, connect } = await securePool({ handshakeTimeoutMs: 1_500 });
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
      const codes = () => refused.map(({ error }) => (error as NodeJS.ErrnoException).code);
      await start().lines.ended;
      // two workers may refuse them, whose messages come in either order: so one after the other
      await expect.poll(codes).toEqual(['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE']);
      await start({ ...elsewhere().identity }).lines.ended;
      await expect.poll(codes).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
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
