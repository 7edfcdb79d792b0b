import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { GUIDE_POOLS, plainServer, programOf, runPrograms } from '../guide-programs.ts';

const GUIDE = 'recipes/websockets';

async function chatClient(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

describe.each(GUIDE_POOLS)('On a $Pool', (pool) => {
  test('chat-handler.ts reaches the clients of every worker, and tells them to come again', async () => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'chat-handler.ts'),
      plainServer(pool, "workers: 2, accept: 'primary', scheduling: 'round-robin'"),
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
    'socket-io-handler.ts answers by %s, and its clients stay with their worker',
    async (transport) => {
      const { port, terminate } = await runPrograms(
        await programOf(pool, GUIDE, 'socket-io-handler.ts'),
        plainServer(pool, "workers: 3, accept: 'primary', scheduling: 'client-affinity'"),
      );
      const client = io(`http://127.0.0.1:${port}/`, { transports: [transport], forceNew: true });
      onTestFinished(() => void client.disconnect());
      expect(await client.emitWithAck('shout', 'hello')).toBe('HELLO');
      const gone = new Promise((resolve) => client.once('disconnect', resolve));
      const ended = terminate();
      expect(await gone).toMatch(/^transport (close|error)$/);
      client.disconnect();
      expect(await ended).toBe(0);
    },
  );

  test('events-handler.ts ends its streams in a restart, and clients go on where they were', async () => {
    const { port, signal, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'events-handler.ts'),
      plainServer(pool, 'workers: 2, controlSignals: true'),
    );
    const stream = async (lastId: number) => {
      const headers = { 'last-event-id': String(lastId) };
      const { body } = await fetch(`http://127.0.0.1:${port}/`, { headers });
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      return { event: (await reader.read()).value, ended: reader.read() };
    };
    const first = await stream(0);
    expect(first.event).toBe('retry: 50\nid: 1\ndata: from 0\n\n');
    signal('SIGHUP');
    expect(await first.ended).toMatchObject({ done: true });
    // A connection that was kept may bring it to the old worker once more, which ends it at once.
    let lastId = 1;
    let next = await stream(lastId);
    while (next.event?.includes('from 0') === true) {
      expect(await next.ended).toMatchObject({ done: true });
      lastId += 1;
      next = await stream(lastId);
    }
    expect(next.event).toBe(`retry: 50\nid: ${lastId + 1}\ndata: from 1\n\n`);
    const ended = terminate();
    expect(await next.ended).toMatchObject({ done: true });
    expect(await ended).toBe(0);
  });
});

/** The configurations in the guide, in their order. */
async function configurations(): Promise<string[]> {
  const markdown = await readFile(new URL(`../../${GUIDE}.md`, import.meta.url), 'utf8');
  return Array.from(markdown.matchAll(/^```text\n(.*?)^```$/gms), ([, text = '']) => text);
}

/** A folder that goes with the test. */
async function temporaryFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'sockpool-guide-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

describe('The configurations of load balancers', () => {
  test.skipIf(lacks('haproxy', '-v'))('haproxy takes the one for it (needs haproxy)', async () => {
    const [text = ''] = await configurations();
    const file = join(await temporaryFolder(), 'haproxy.cfg');
    const timeouts = 'timeout client 1m\n  timeout server 1m\n  timeout connect 1s';
    const frontend = 'frontend web\n  bind 127.0.0.1:8080\n  default_backend socket_io';
    await writeFile(file, `defaults\n  mode http\n  ${timeouts}\n${frontend}\n${text}`);
    const { status, stderr, stdout } = spawnSync('haproxy', ['-c', '-f', file]);
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.not.stringContaining('WARNING')]);
  });

  test.skipIf(lacks('nginx', '-v'))('nginx takes the one for it (needs nginx)', async () => {
    const [, text = ''] = await configurations();
    const place = await temporaryFolder();
    const file = join(place, 'nginx.conf');
    await writeFile(
      file,
      `pid ${place}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${text}}\n`,
    );
    const { status, stderr } = spawnSync('nginx', ['-t', '-q', '-p', place, '-c', file]);
    expect([status, String(stderr)]).toEqual([0, '']);
  });
});

function lacks(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status !== 0;
}
