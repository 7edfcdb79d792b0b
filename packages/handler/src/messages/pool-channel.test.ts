import { expect, onTestFinished, test } from 'vitest';
import { ChannelLine, MAX_CHANNELS } from './channel-line.ts';
import { channel, PoolChannel } from './pool-channel.ts';

/** A line whose other end is told. */
function line() {
  const told: unknown[][] = [];
  const made = new ChannelLine({
    open: (name) => told.push(['open', name]),
    close: (name) => told.push(['close', name]),
    post: (name) => told.push(['post', name]),
  });
  return { told, made };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('Outside of a pool, channels of one name in one program reach each other', async () => {
  const channels = [channel('chat'), channel('chat'), channel('other')] as const;
  onTestFinished(() => channels.forEach((each) => each.close()));
  const heard: unknown[] = [];
  for (const [index, each] of channels.entries()) {
    each.addEventListener('message', ({ data }) => heard.push([index, data]));
  }
  channels[0].postMessage({ text: 'hello' });
  expect(heard).toEqual([]);
  await nextTurn();
  expect(heard).toEqual([[1, { text: 'hello' }]]);
});

test('The pool hears of the first and the last channel of a name, and of each message once', () => {
  const { told, made } = line();
  const one = new PoolChannel('chat', made);
  const two = new PoolChannel('chat', made);
  one.postMessage(1);
  one.close();
  one.close();
  two.close();
  expect(told).toEqual([
    ['open', 'chat'],
    ['post', 'chat'],
    ['close', 'chat'],
  ]);
});

test('onmessage, listeners and objects with handleEvent hear a message; what is taken away does not', async () => {
  const { made } = line();
  const sender = new PoolChannel('chat', made);
  const receiver = new PoolChannel('chat', made);
  const heard: string[] = [];
  const listener = ({ data, type }: MessageEvent): void => void heard.push(`${type} ${data}`);
  Object.assign(receiver, { onmessage: () => heard.push('never') });
  Object.assign(receiver, { onmessage: listener });
  expect(receiver.onmessage).toBe(listener);
  receiver.addEventListener('message', listener);
  receiver.addEventListener('message', { handleEvent: () => heard.push('object') });
  sender.postMessage(1);
  await nextTurn();
  expect(heard).toEqual(['message 1', 'message 1', 'object']);
  receiver.removeEventListener('message', listener);
  Object.assign(receiver, { onmessage: null });
  expect(receiver.onmessage).toBeNull();
  sender.postMessage(2);
  await nextTurn();
  expect(heard.slice(3)).toEqual(['object']);
});

test('A message that is no value is told by messageerror', () => {
  const { made } = line();
  const receiver = new PoolChannel('chat', made);
  const errors: unknown[] = [];
  Object.assign(receiver, { onmessageerror: ({ data }: MessageEvent) => errors.push(data) });
  made.receive('chat', Uint8Array.of(1, 2, 3));
  expect(errors).toEqual([expect.any(Error)]);
});

test('A channel keeps the shape of BroadcastChannel', () => {
  const { made } = line();
  const own = new PoolChannel('chat', made);
  const names = ['name', 'postMessage', 'close', 'onmessage', 'onmessageerror', 'ref', 'unref'];
  for (const name of names) {
    expect(name in BroadcastChannel.prototype).toBe(true);
    expect(name in own).toBe(true);
  }
  expect(own.ref()).toBe(own.unref());
});

test('No more than 10,000 names can be open', () => {
  const { made } = line();
  const opened = Array.from(
    { length: MAX_CHANNELS },
    (_, index) => new PoolChannel(`channel ${index}`, made),
  );
  expect(opened).toHaveLength(10_000);
  expect(() => new PoolChannel('one more', made)).toThrow(
    "Cannot open channel 'one more': 10000 names are open already",
  );
});
