import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { controlledPool } from './fixtures/controlled-pool.ts';
import type { CutClients } from '../src/index.ts';
import { KINDS } from './fixtures/pools.ts';

async function open(path: string): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect(path).on('error', () => undefined);
  // With a reset or without.
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, closed };
}

const [processes, threads] = KINDS;

describe('A client of the control API that is slow', () => {
  test('loses its connection when it does not finish its request, and others are answered', async () => {
    const { path, client } = await controlledPool(processes!, {}, { clientTimeoutMs: 200 });
    const { socket, closed } = await open(path);
    socket.write('POST /v1/restart HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{');
    const half = await open(path);
    half.socket.write('GET /v1/status HTTP/1.1\r\nHost: loc');
    expect((await client.health()).readiness.ok).toBe(true);
    socket.resume();
    half.socket.resume();
    await Promise.all([closed, half.closed]);
    expect((await client.health()).readiness.ok).toBe(true);
  });

  test('loses a heap snapshot that it does not read, and the worker is free for another', async () => {
    const { path, client } = await controlledPool(
      threads!,
      { workers: 1 },
      { clientTimeoutMs: 500 },
    );
    const { socket, closed } = await open(path);
    socket.write('GET /v1/workers/0/heap HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    // A paused socket does not notice its end.
    const probe = (): Promise<number> =>
      client.profile(0, { durationMs: 1 }).then(
        (profile) => {
          profile.resume();
          return 200;
        },
        ({ status }) => status,
      );
    await expect.poll(probe).toBe(200);
    socket.resume();
    await closed;
  });

  test('is cut when it does not read the events, and the server is told why', async () => {
    const cuts: CutClients[] = [];
    const onClientsCut = (cut: CutClients): void => void cuts.push(cut);
    const { path, pool } = await controlledPool(threads!, { workers: 1 }, { onClientsCut });
    const { socket, closed } = await open(path);
    socket.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    const [worker] = (await pool.stats()).workers;
    const error = new Error('x'.repeat(2 ** 20));
    for (let times = 0; times < 10; times += 1) pool.emit('handlerError', error, worker!);
    expect(cuts).toEqual([
      { clients: 1, reason: 'they left more than 1048576 bytes of events unread' },
    ]);
    socket.resume();
    await closed;
  });

  test('costs nobody else a place: one that is idle goes for a new one, one at work stays', async () => {
    const { path, client } = await controlledPool(processes!, {}, { maxClients: 2 });
    const idle = await open(path);
    idle.socket.resume();
    const follower = await open(path);
    follower.socket.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await once(follower.socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 200/);
    expect((await client.health()).readiness.ok).toBe(true);
    await idle.closed;
    expect(follower.socket.destroyed).toBe(false);
  });
});
