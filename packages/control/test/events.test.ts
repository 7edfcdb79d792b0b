import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { greeting, changingHandler } from '@sockpool/pool-compliance';
import type { PoolEvents } from '@sockpool/pool-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PoolEventName, ToldEvent } from '../src/index.ts';
import { POOL_EVENTS } from '../src/events/pool-events.ts';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

/** Asks over a socket of which the test reads as much as it wants. */
async function follow(path: string, query = ''): Promise<Socket> {
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(`GET /v1/events${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

test('Every event of a pool can be told, and no other', () => {
  const names: Record<keyof PoolEvents, PoolEventName> = Object.fromEntries(
    Object.keys(POOL_EVENTS).map((name) => [name, name]),
  ) as never;
  const told: Record<PoolEventName, keyof PoolEvents> = names as never;
  expect(Object.keys(told)).toContain('workerExit');
});

describe.each(KINDS)('The event stream of $name', (kind) => {
  test('tells what happens by name, with errors as JSON, until the pool is closed', async () => {
    const { client, pool, connect: newClient } = await controlledPool(kind, { workers: 1 });
    const told: ToldEvent[] = [];
    const listening = Promise.withResolvers<void>();
    const following = (async () => {
      for await (const event of client.events()) {
        told.push(event);
        listening.resolve();
      }
    })();
    // The stream is there when the first event is told.
    await expect.poll(() => pool.listenerCount('workerExit')).toBe(1);
    const victim = await newClient();
    victim.send('reject');
    await listening.promise;
    await pool.close();
    await following;
    expect(told[0]).toMatchObject({
      event: 'handlerError',
      data: {
        worker: { workerId: 0 },
        error: { message: 'rejected on request', location: { line: expect.any(Number) } },
      },
    });
    expect(Date.parse(told[0]?.at ?? '')).toBeGreaterThan(0);
    expect(told.at(-1)).toMatchObject({ event: 'closed', data: { report: { cutConnections: 0 } } });
    expect(pool.listenerCount('workerExit')).toBe(0);
  });

  test('tells only what is asked for, and costs nothing when nobody listens', async () => {
    const { client, pool } = await controlledPool(kind);
    expect(pool.listenerCount('workerReady')).toBe(0);
    const events = client.events(['restarted']);
    const first = events.next();
    await expect.poll(() => pool.listenerCount('workerReady')).toBe(1);
    await client.restart();
    expect((await first).value).toMatchObject({
      event: 'restarted',
      data: { report: { generation: 1 } },
    });
    await events.return();
    await expect.poll(() => pool.listenerCount('workerReady')).toBe(0);
  });

  test('does not hear an error in the place of the program', async () => {
    const { client, pool } = await controlledPool(kind);
    const events = client.events();
    const first = events.next();
    await expect.poll(() => pool.listenerCount('workerReady')).toBe(1);
    expect(pool.listenerCount('error')).toBe(0);
    await pool.close();
    await first;
    await events.return();
  });

  test('is server-sent events unless asked otherwise', async () => {
    const { path, pool } = await controlledPool(kind);
    const socket = await follow(path, '?only=restarting');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    await expect.poll(() => pool.listenerCount('restarting')).toBe(1);
    await pool.restart();
    await expect
      .poll(() => received)
      .toMatch(/^event: restarting\r?\ndata: \{.*"generation":1\}\}$/m);
    expect(received).toMatch(/content-type: text\/event-stream/i);
  });

  test('drops a client that does not read, and the pool goes on', async () => {
    const handler = await changingHandler(`export default async (socket) => {
      for await (const _ of socket) throw new Error('x'.repeat(100_000));
    };`);
    const {
      path,
      pool,
      client,
      connect: newClient,
    } = await controlledPool(
      kind,
      { handler: handler.path, workers: 1 },
      { maxUnreadBytes: 65_536 },
    );
    const slow = await follow(path);
    slow.pause();
    await expect.poll(() => pool.listenerCount('handlerError')).toBe(1);
    // What the kernel takes of an unread stream differs from machine to machine.
    await expect
      .poll(async () => {
        const victim = await newClient();
        victim.send('throw');
        await victim.ended;
        return pool.listenerCount('handlerError');
      })
      .toBe(0);
    expect((await client.health()).readiness.ok).toBe(true);
    await handler.write(greeting('well'));
    await client.restart();
  });
});
