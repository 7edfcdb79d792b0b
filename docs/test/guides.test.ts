import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  certificateForTests,
  exchange,
  installPrograms,
  LineClient,
  runServer,
  type TestCertificate,
} from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  GUIDE_POOLS,
  NODE_MODULES,
  plainServer,
  programOf,
  runPrograms,
} from './guide-programs.ts';

/** Gets `/` over HTTPS on a connection of its own. */
async function getSecurely(port: number, { ca }: TestCertificate): Promise<string> {
  const options = { ca, servername: 'localhost', agent: false };
  const request = https.get(`https://127.0.0.1:${port}/`, options);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

describe.each(GUIDE_POOLS)('On a $Pool', (pool) => {
  test('the handler of the guide to handlers echoes in upper case', async () => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, 'handlers', 'handler.ts'),
      plainServer(pool),
    );
    expect(await exchange(port, 'straße')).toBe('STRASSE');
    expect(await terminate()).toBe(0);
  });

  test('the HTTP handler of the guide to handlers answers', async () => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, 'handlers', 'http-handler.ts'),
      plainServer(pool),
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.text()).toMatch(/^Hello from process \d+\n$/);
    expect(await terminate()).toBe(0);
  });

  test('health.md: a server tells its health, and that it goes away', async () => {
    const { healthUrl, terminate } = await runPrograms(
      await programOf(pool, 'handlers', 'handler.ts'),
      await programOf(pool, 'health', 'health-server.ts'),
    );
    const response = await fetch(`${healthUrl}/readyz`);
    expect(await response.json()).toEqual({ ok: true, reasons: [], state: 'listening' });
    expect(await terminate()).toBe(0);
  });

  test('protection.md: a server refuses one connection more than a client may have, and says so', async () => {
    const { port, printed, terminate } = await runPrograms(
      await programOf(pool, 'handlers', 'handler.ts'),
      await programOf(pool, 'protection', 'protected-server.ts'),
    );
    const address = { address: '127.0.0.1', family: 'IPv4', port };
    const clients = await Promise.all(
      Array.from({ length: 101 }, () => LineClient.connect(address)),
    );
    for (const client of clients) onTestFinished(() => client[Symbol.asyncDispose]());
    const replies = await Promise.all(clients.map((client) => client.ask('hello')));
    expect(replies.filter((reply) => reply === 'HELLO')).toHaveLength(100);
    expect(replies.filter((reply) => reply === undefined)).toHaveLength(1);
    await Promise.all(clients.map((client) => client.end()));
    expect(await terminate()).toBe(0);
    expect(printed).toContain('refused 1 of 127.0.0.1 addressLimit');
  });

  describe('tls.md', () => {
    const certificate = certificateForTests();
    const renewed = certificateForTests();

    test('a server terminates TLS, and takes a renewed certificate by SIGHUP', async () => {
      const installed = await installPrograms(NODE_MODULES, {
        'handler.ts': await programOf(pool, 'handlers', 'http-handler.ts'),
        'server.ts': await programOf(pool, 'tls', 'tls-server.ts'),
      });
      const use = async ({ identity: { key, cert } }: TestCertificate): Promise<void> => {
        await writeFile(join(installed, 'key.pem'), key);
        await writeFile(join(installed, 'cert.pem'), cert);
      };
      await use(certificate());
      const { port, printed, signal, terminate } = await runServer(installed);
      expect(await getSecurely(port, certificate())).toMatch(/^Hello from process \d+\n$/);
      await use(renewed());
      signal('SIGHUP');
      await expect.poll(() => printed).toContain('certificate reloaded');
      expect(await getSecurely(port, renewed())).toMatch(/^Hello from process \d+\n$/);
      expect(await terminate()).toBe(0);
    });
  });
});
