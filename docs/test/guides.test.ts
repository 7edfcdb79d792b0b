import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  certificateForTests,
  exchange,
  installPrograms,
  LineClient,
  programsIn,
  type RunningProgram,
  runServer,
  type TestCertificate,
} from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

const NODE_MODULES = new URL('../node_modules', import.meta.url);

/** Gets `/` over HTTPS on a connection of its own. */
async function getSecurely(port: number, { ca }: TestCertificate): Promise<string> {
  const options = { ca, servername: 'localhost', agent: false };
  const request = https.get(`https://127.0.0.1:${port}/`, options);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

async function chatClient(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** Runs a server with a handler, each of them from a guide. */
async function run(handler: string, server: string): Promise<RunningProgram> {
  return runServer(
    await installPrograms(NODE_MODULES, { 'handler.ts': handler, 'server.ts': server }),
  );
}

describe.each([
  { Pool: 'ProcessPool', packageName: '@sockpool/process-pool' },
  { Pool: 'ThreadPool', packageName: '@sockpool/thread-pool' },
])('On a $Pool', ({ Pool, packageName }) => {
  /** A program of a guide, which is written for processes, as the guides say it is for threads. */
  async function program(guide: string, name: string): Promise<string> {
    const programs = await programsIn(new URL(`../${guide}.md`, import.meta.url));
    const found = programs.get(name);
    if (found === undefined) throw new TypeError(`${guide}.md has no program '${name}'`);
    return found.replaceAll('ProcessPool', Pool).replaceAll('@sockpool/process-pool', packageName);
  }

  const plainServer = (options = ''): string =>
    `import { ${Pool} } from '${packageName}';
     const pool = new ${Pool}({ handler: new URL('./handler.ts', import.meta.url), ${options} });
     console.log('listening on', await pool.listen());`;

  test('the handler of the guide to handlers echoes in upper case', async () => {
    const { port, terminate } = await run(await program('handlers', 'handler.ts'), plainServer());
    expect(await exchange(port, 'straße')).toBe('STRASSE');
    expect(await terminate()).toBe(0);
  });

  test.each([
    ['handlers', 'http-handler.ts', /^Hello from process \d+\n$/],
    ['recipes', 'express-handler.ts', /^Hello from Express\n$/],
    ['recipes', 'fastify-handler.ts', /^Hello from Fastify\n$/],
  ])('%s.md: %s answers', async (guide, name, answer) => {
    const { port, terminate } = await run(await program(guide, name), plainServer());
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(answer);
    expect(await terminate()).toBe(0);
  });

  test('recipes.md: a chat reaches the clients of its worker, and tells them to come again', async () => {
    const { port, terminate } = await run(
      await program('recipes', 'chat-handler.ts'),
      plainServer('workers: 1'),
    );
    const clients = [await chatClient(port), await chatClient(port)];
    const heard = clients.map((client) => once(client, 'message'));
    const closed = clients.map((client) => once(client, 'close'));
    clients[0]?.send('hello');
    expect((await Promise.all(heard)).map(([message]) => String(message))).toEqual([
      'hello',
      'hello',
    ]);
    const ended = terminate();
    expect((await Promise.all(closed)).map(([code]) => code)).toEqual([1012, 1012]);
    expect(await ended).toBe(0);
  });

  test.each([['websocket'], ['polling']])(
    'recipes.md: Socket.IO answers by %s, and its clients stay with their worker',
    async (transport) => {
      const { port, terminate } = await run(
        await program('recipes', 'socket-io-handler.ts'),
        plainServer("workers: 3, accept: 'primary', scheduling: 'client-affinity'"),
      );
      const client = io(`http://127.0.0.1:${port}/`, { transports: [transport], forceNew: true });
      onTestFinished(() => void client.disconnect());
      expect(await client.emitWithAck('shout', 'hello')).toBe('HELLO');
      const gone = new Promise((resolve) => client.once('disconnect', resolve));
      const ended = terminate();
      await gone;
      client.disconnect();
      expect(await ended).toBe(0);
    },
  );

  test('recipes.md: a proxy passes on what both sides send', async () => {
    const upstream = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    await once(upstream.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void upstream.close());
    const { port: upstreamPort } = upstream.address() as net.AddressInfo;
    const handler = await program('recipes', 'proxy-handler.ts');
    const { port, terminate } = await run(
      handler.replace('process.env.UPSTREAM_PORT', `'${upstreamPort}'`),
      plainServer('connection: { allowHalfOpen: true }'),
    );
    const sent = 'x'.repeat(200_000);
    expect(await exchange(port, sent)).toBe(sent);
    expect(await terminate()).toBe(0);
  });

  test('health.md: a server tells its health, and that it goes away', async () => {
    const { healthUrl, terminate } = await run(
      await program('handlers', 'handler.ts'),
      await program('health', 'health-server.ts'),
    );
    const response = await fetch(`${healthUrl}/readyz`);
    expect(await response.json()).toEqual({ ok: true, reasons: [], state: 'listening' });
    expect(await terminate()).toBe(0);
  });

  test('protection.md: a server refuses one connection more than a client may have, and says so', async () => {
    const { port, printed, terminate } = await run(
      await program('handlers', 'handler.ts'),
      await program('protection', 'protected-server.ts'),
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
        'handler.ts': await program('handlers', 'http-handler.ts'),
        'server.ts': await program('tls', 'tls-server.ts'),
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
