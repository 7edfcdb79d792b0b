import { once } from 'node:events';
import http from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { get, host, immediate, replies, text } from './fixtures/hosted-server.ts';

const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
const answered = paths.map((body, index) => ({ body, close: index === paths.length - 1 }));
/** Replies later. */
const deferred: http.RequestListener = (request, response) => {
  void setImmediate().then(() => response.end(request.url));
};
test.each([
  ['at once', immediate],
  ['later', deferred],
])(
  'A draining server that replies %s sees pipelined requests behind a head that comes in two pieces',
  async (_, listener) => {
    const bytes = paths.map(get).join('');
    const headBytes = get('/0').length;
    for (const split of [1, 2, headBytes - 3, headBytes - 2, headBytes - 1]) {
      const { connect, leave, open, connections } = await host(http.createServer(listener), {
        idleGraceMs: 60_000,
      });
      const client = connect();
      const received = text(client);
      await open(1);
      leave();
      client.write(bytes.slice(0, split));
      await expect.poll(() => connections[0]?.bytesRead, { interval: 1 }).toBe(split);
      client.write(bytes.slice(split));
      expect(replies(await received)).toEqual(answered);
    }
  },
);

test.each([
  ['at once', immediate],
  ['later', deferred],
])(
  'A draining server that replies %s answers 20 requests that come in one piece, and only the last says close',
  async (_, listener) => {
    const { connect, leave, open } = await host(http.createServer(listener), {
      idleGraceMs: 60_000,
    });
    const client = connect();
    const received = text(client);
    await open(1);
    leave();
    client.write(paths.map(get).join(''));
    expect(replies(await received)).toEqual(answered);
  },
);

test('Requests under way are all answered, and only the last says close', async () => {
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    waiting.push(() => void response.end(request.url));
    if (waiting.length === paths.length) server.emit('all');
  });
  const { connect, leave } = await host(server, { idleGraceMs: 0 });
  const client = connect();
  const received = text(client);
  client.write(paths.map(get).join(''));
  await once(server, 'all');
  leave();
  for (const reply of waiting) reply();
  expect(replies(await received)).toEqual(answered);
});

test('A request that comes while another is under way is answered, and takes over the close', async () => {
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    waiting.push(() => void response.end(request.url));
  });
  const { connect, leave } = await host(server, { idleGraceMs: 0 });
  const client = connect();
  const received = text(client);
  client.write(get('/first'));
  await once(server, 'request');
  leave();
  client.write(get('/second'));
  await once(server, 'request');
  for (const reply of waiting) reply();
  expect(replies(await received)).toEqual([
    { body: '/first', close: false },
    { body: '/second', close: true },
  ]);
});
