import { serialize } from 'node:v8';
import { expect, test } from 'vitest';
import type { ChannelMessage, ChannelTaken } from '../../protocol/channel-message.ts';
import { channelCost } from '../../protocol/channel-message.ts';
import { ChannelHub, type ChannelWorker } from './channel-hub.ts';

interface FakeWorker extends ChannelWorker {
  readonly got: (ChannelMessage | ChannelTaken)[];
}

function fakeWorker(id: number): FakeWorker {
  const got: (ChannelMessage | ChannelTaken)[] = [];
  return { id, got, send: (message) => void got.push(message) };
}

const message = (value: unknown, name = 'chat'): ChannelMessage => ({
  type: 'channelMessage',
  name,
  payload: serialize(value),
});
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function hubOf(maxQueuedBytes: number, count: number) {
  const dropped: [number, string][] = [];
  const hub = new ChannelHub<FakeWorker>(maxQueuedBytes, ({ id }, name) =>
    dropped.push([id, name]),
  );
  const workers = Array.from({ length: count }, (_, id) => fakeWorker(id));
  for (const worker of workers) hub.opened(worker, 'chat');
  return { hub, workers: workers as [FakeWorker, FakeWorker, FakeWorker], dropped };
}

test('A message goes to the other workers that have the channel, and to the primary', async () => {
  const { hub, workers } = hubOf(10_000, 3);
  const heard: unknown[] = [];
  hub.channel('chat').addEventListener('message', ({ data }) => heard.push(data));
  expect(hub.closed(workers[2], 'chat')).toBe(true);
  expect(hub.receive(workers[0], message('hello'))).toBe(true);
  expect(workers.map(({ got }) => got.length)).toEqual([0, 1, 0]);
  expect(heard).toEqual(['hello']);
  await nextTurn();
  // The sender learns that its message was taken.
  expect(workers[0].got).toEqual([{ type: 'channelTaken', bytes: channelCost(message('hello')) }]);
});

test('What was taken in one turn of the event loop is told once', async () => {
  const { hub, workers } = hubOf(10_000, 1);
  for (const value of [1, 2, 3]) hub.receive(workers[0], message(value));
  await nextTurn();
  expect(workers[0].got).toEqual([{ type: 'channelTaken', bytes: 3 * channelCost(message(1)) }]);
});

test('What waits for a worker is bounded; what is beyond is dropped for it alone, until it takes some', () => {
  const cost = channelCost(message('x'.repeat(900)));
  const { hub, workers, dropped } = hubOf(2 * cost, 3);
  const post = (): boolean => hub.receive(workers[0], message('x'.repeat(900)));
  post();
  post();
  hub.taken(workers[2], 2 * cost);
  post();
  expect(dropped).toEqual([[1, 'chat']]);
  expect(workers.map(({ got }) => got.length)).toEqual([0, 2, 3]);
  hub.taken(workers[1], cost);
  post();
  expect(workers[1].got).toHaveLength(3);
  // Claims beyond what waits give no more room than there is.
  hub.taken(workers[1], 1e9);
  for (let count = 0; count < 5; count += 1) post();
  expect(workers[1].got).toHaveLength(5);
});

test('What cannot be is refused, and harms nothing', () => {
  const { hub, workers } = hubOf(1_024, 2);
  const stranger = fakeWorker(9);
  expect(hub.opened(workers[0], 'chat')).toBe(false);
  expect(hub.closed(workers[0], 'never opened')).toBe(false);
  expect(hub.closed(stranger, 'chat')).toBe(false);
  expect(hub.receive(workers[0], message(1, 'never opened'))).toBe(false);
  expect(hub.receive(stranger, message(1))).toBe(false);
  expect(hub.receive(workers[0], message('x'.repeat(1_024)))).toBe(false);
  expect(hub.taken(stranger, 5)).toBe(false);
  expect(workers[1].got).toEqual([]);
  for (let index = 1; index < 10_000; index += 1) hub.opened(workers[0], `channel ${index}`);
  expect(hub.opened(workers[0], 'one more')).toBe(false);
});

test('A worker that is gone gets nothing more, and is told nothing more', async () => {
  const { hub, workers } = hubOf(10_000, 2);
  hub.receive(workers[0], message('last words'));
  hub.workerGone(workers[0]);
  hub.channel('chat').postMessage('to whom it concerns');
  await nextTurn();
  expect(workers[0].got).toEqual([]);
  expect(workers[1].got).toHaveLength(2);
});
