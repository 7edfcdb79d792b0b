import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, describe, expect, test } from 'vitest';
import { createTlsServer } from '../src/options/listening/tls-server.ts';
import { resolveTlsOptions } from '../src/options/listening/tls-options.ts';

/** The intermediate profile of Mozilla's Server Side TLS 5.7, without the suites with DHE. */
const SUITES = {
  'TLSv1.3': ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ecdsa: [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ],
  rsa: [
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ],
} as const;

const subject = [{ name: 'commonName', value: 'localhost' }];
const rsa = await generate(subject);
const ecdsa = await generate(subject, { keyType: 'ec', curve: 'P-256' });
// Both kinds of certificates, so that every suite can be had.
const server = createTlsServer(
  resolveTlsOptions({ key: [rsa.private, ecdsa.private], cert: [rsa.cert, ecdsa.cert] }),
);
server.on('secureConnection', (socket) => socket.on('error', () => undefined).resume());
server.on('tlsClientError', () => undefined);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
afterAll(() => void server.close());

/** Shakes hands, and gives what came of it: the suite and the version, or the error's code. */
async function shakeHands(options: tls.ConnectionOptions): Promise<string> {
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  try {
    await once(client, 'secureConnect');
    // A server's refusal of TLS 1.3 comes later.
    return `${client.getCipher().name} ${client.getProtocol()}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    client.destroy();
  }
}

describe('The defaults of tls are those of the intermediate profile', () => {
  test.each([...SUITES.ecdsa, ...SUITES.rsa])('TLS 1.2 with %s', async (suite) => {
    const handshake = shakeHands({ ciphers: suite, maxVersion: 'TLSv1.2' });
    expect(await handshake).toBe(`${suite} TLSv1.2`);
  });

  test.each(SUITES['TLSv1.3'])('TLS 1.3 with %s', async (suite) => {
    expect(await shakeHands({ ciphers: suite })).toBe(`${suite} TLSv1.3`);
  });

  test('no other suite that Node knows', async () => {
    const profile = new Set<string>(Object.values(SUITES).flat());
    const others = tls
      .getCiphers()
      .map((name) => name.toUpperCase())
      .filter((name) => !name.startsWith('TLS_') && !profile.has(name));
    expect(others.length).toBeGreaterThan(20);
    const handshakes = others.map((suite) =>
      shakeHands({ ciphers: `${suite}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' }),
    );
    const done = (await Promise.all(handshakes)).filter((result) => result.includes('TLSv1'));
    expect(done).toEqual([]);
  });

  test('no version before 1.2', async () => {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const ciphers = 'ALL:@SECLEVEL=0';
      const handshake = shakeHands({ ciphers, minVersion: version, maxVersion: version });
      expect(await handshake).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    }
  });

  test.each(['X25519MLKEM768', 'X25519', 'prime256v1', 'secp384r1'])(
    'the group %s',
    async (ecdhCurve) => {
      expect(await shakeHands({ ecdhCurve, minVersion: 'TLSv1.3' })).toContain('TLSv1.3');
    },
  );

  test.each(['secp521r1', 'X448'])('not the group %s', async (ecdhCurve) => {
    expect(await shakeHands({ ecdhCurve, minVersion: 'TLSv1.3' })).toMatch(/^ERR_SSL_/);
  });

  test("the client's preference counts", async () => {
    const suites = [...SUITES.rsa];
    for (const ciphers of [suites, suites.toReversed()]) {
      const handshake = shakeHands({ ciphers: ciphers.join(':'), maxVersion: 'TLSv1.2' });
      expect(await handshake).toBe(`${ciphers[0]} TLSv1.2`);
    }
  });
});
