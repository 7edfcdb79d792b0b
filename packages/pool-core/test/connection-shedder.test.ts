import { once } from 'node:events';
import type net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConnectionShedder } from '../src/primary/dispatch/connection-shedder.ts';
import type { ShedConnection } from '../src/options/overload-options.ts';
import { closed, socketPair } from './fixtures/socket-pair.ts';

function shedding(settings: { rejectWith?: string; maxLingering?: number } = {}) {
  // Who is on their way out is cut when a test says so, however long it takes.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const shed: ShedConnection[] = [];
  const saturated: boolean[] = [];
  const shedder = new ConnectionShedder({
    rejectWith: settings.rejectWith === undefined ? undefined : Buffer.from(settings.rejectWith),
    maxLingering: settings.maxLingering ?? 10,
    onShed: (connection) => shed.push(connection),
    onSaturated: () => saturated.push(shedder.saturated),
  });
  onTestFinished(() => shedder.cut());
  return { shedder, shed, saturated };
}

/** A connection whose client has sent something that nobody has read. */
async function unreadPair(bytes: number): ReturnType<typeof socketPair> {
  const pair = await socketPair();
  pair.served.pause();
  if (bytes > 0) {
    pair.client.write(Buffer.alloc(bytes));
    await once(pair.served, 'readable');
    pair.served.pause();
  }
  return pair;
}

test.each([0, 100_000])(
  'A client with %i unread bytes reads all of what it is told, and ends without a reset',
  async (bytes) => {
    const { shedder, shed } = shedding({ rejectWith: 'busy '.repeat(10_000) });
    const { client, served } = await unreadPair(bytes);
    let error: Error | undefined;
    client.once('error', (reset) => {
      error = reset;
    });
    shedder.shed(served, 'queue-full', 3);
    expect((await buffer(client)).length).toBe(50_000);
    await shedder.idle();
    expect(error).toBeUndefined();
    expect(shed).toEqual([{ reason: 'queue-full', remoteAddress: '127.0.0.1', waitedMs: 3 }]);
    expect(shedder.counts).toEqual({ 'queue-full': 1, 'queue-timeout': 0, 'dropped-oldest': 0 });
  },
);

test('Without anything to say, a client just sees the end', async () => {
  const { shedder } = shedding();
  const { client, served } = await socketPair();
  shedder.shed(served, 'queue-timeout', 1);
  expect((await buffer(client)).length).toBe(0);
});

test('A client that goes on sending, or never ends its side, is cut after a second', async () => {
  const { shedder } = shedding({ rejectWith: 'busy' });
  const { client, served } = await socketPair();
  client.allowHalfOpen = true;
  shedder.shed(served, 'dropped-oldest', 1);
  expect(String((await once(client, 'data'))[0])).toBe('busy');
  vi.advanceTimersByTime(999);
  expect(served.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(served.destroyed).toBe(true);
  await shedder.idle();
  expect(vi.getTimerCount()).toBe(0);
});

test('A client that resets, or is gone already, is counted and does no harm', async () => {
  const { shedder, shed } = shedding({ rejectWith: 'busy' });
  const [one, other] = [await socketPair(), await socketPair()];
  one.client.resetAndDestroy();
  await closed(one.client);
  shedder.shed(one.served, 'queue-full', 0);
  other.served.destroy();
  await closed(other.served);
  shedder.shed(other.served, 'queue-full', 0);
  await shedder.idle();
  expect(shed).toHaveLength(2);
});

test('ConnectionShedder tells when it is saturated, and cuts the oldest if more come all the same', async () => {
  const { shedder, saturated } = shedding({ maxLingering: 2 });
  const pairs = [await socketPair(), await socketPair(), await socketPair()];
  for (const { client } of pairs) client.allowHalfOpen = true;
  const [first, second, third] = pairs.map(({ served }) => served) as [
    net.Socket,
    net.Socket,
    net.Socket,
  ];
  shedder.shed(first, 'queue-full', 0);
  expect(saturated).toEqual([]);
  shedder.shed(second, 'queue-full', 0);
  expect(saturated).toEqual([true]);
  shedder.shed(third, 'queue-full', 0);
  expect([first.destroyed, second.destroyed, shedder.saturated]).toEqual([true, false, true]);
  pairs[1]?.client.end();
  await closed(second);
  expect(saturated.at(-1)).toBe(false);
  shedder.cut();
  await shedder.idle();
  expect(third.destroyed).toBe(true);
});
