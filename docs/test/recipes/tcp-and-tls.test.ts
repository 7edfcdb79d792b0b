import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import {
  certificateForTests,
  exchange,
  installPrograms,
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
} from '../guide-programs.ts';

const GUIDE = 'recipes/tcp-and-tls';

/** Resolves to the names in the certificate that a server shows. */
async function namesShown(
  port: number,
  servername: string,
  certificates: readonly TestCertificate[],
): Promise<string | undefined> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername,
    ca: certificates.map(({ ca }) => ca),
    // What is shown is compared by the test.
    checkServerIdentity: () => undefined,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  const { subjectaltname } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname;
}

describe.each(GUIDE_POOLS)('On a $Pool', (pool) => {
  test('proxy-handler.ts passes on what both sides send', async () => {
    const upstream = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    await once(upstream.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void upstream.close());
    const { port: upstreamPort } = upstream.address() as net.AddressInfo;
    const handler = await programOf(pool, GUIDE, 'proxy-handler.ts');
    const { port, terminate } = await runPrograms(
      handler.replace('process.env.UPSTREAM_PORT', `'${upstreamPort}'`),
      plainServer(pool, 'connection: { allowHalfOpen: true }'),
    );
    const sent = 'x'.repeat(200_000);
    expect(await exchange(port, sent)).toBe(sent);
    expect(await terminate()).toBe(0);
  });

  describe('names-server.ts', () => {
    const com = certificateForTests('example.com');
    const org = certificateForTests('www.example.org');

    test('shows the certificate of the name that a client asks for', async () => {
      const folder = await installPrograms(NODE_MODULES, {
        'handler.ts': await programOf(pool, 'handlers', 'handler.ts'),
        'server.ts': await programOf(pool, GUIDE, 'names-server.ts'),
      });
      for (const [name, { identity }] of Object.entries({
        'example.com': com(),
        'example.org': org(),
      })) {
        await writeFile(join(folder, `${name}.key`), identity.key);
        await writeFile(join(folder, `${name}.pem`), identity.cert);
      }
      const { port, terminate } = await runServer(folder);
      const shown = (name: string): Promise<string | undefined> =>
        namesShown(port, name, [com(), org()]);
      expect(await shown('example.com')).toBe('DNS:example.com');
      expect(await shown('www.example.org')).toBe('DNS:www.example.org');
      expect(await shown('elsewhere.test')).toBe('DNS:example.com');
      expect(await terminate()).toBe(0);
    });
  });
});
