import { expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { startServer } from './fixtures/echo-server.ts';

const RIGHT = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const WRONG = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno';
const FAILED = 'HTTP/1.1 503 Unavailable\r\nContent-Length: 2\r\n\r\nok';
const LAST = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

test('replies that repeat byte by byte are counted as those that are decoded, whatever comes between', async () => {
  const replies = [RIGHT, RIGHT, RIGHT, WRONG, RIGHT, FAILED, RIGHT, RIGHT, LAST];
  let asked = 0;
  await using server = await startServer((socket) => {
    socket.on('data', () => {
      socket.write(replies[asked % replies.length] ?? '');
      asked += 1;
    });
  });
  const seen: boolean[] = [];
  const result = await runLoad({
    port: server.port,
    requests: 27,
    http: { requests: ['GET /'], expectBody: 'ok' },
    onReply: ({ right, reply }) => {
      seen.push(right);
      expect(reply.toString()).toMatch(/^HTTP\/1\.1 \d{3} .*\r\n\r\n(?:ok|no)$/s);
    },
  });
  expect(result.requests).toMatchObject({ sent: 27, right: 21, failed: 6 });
  expect(seen).toEqual(Array.from({ length: 27 }, (_, index) => ![3, 5].includes(index % 9)));
  expect(result.statuses).toEqual({ 200: 24, 503: 3 });
  expect(result.closedAsAnnounced).toBe(3);
  expect(result.latency.count).toBe(21);
});

test('two replies to pipelined requests in one piece are two replies', async () => {
  await using server = await startServer((socket) => {
    let came = '';
    socket.on('data', (chunk) => {
      came += chunk.toString();
      const asked = came.split('\r\n\r\n').length - 1;
      if (asked < 2) return;
      came = '';
      socket.write(RIGHT.repeat(asked));
    });
  });
  const { requests } = await runLoad({
    port: server.port,
    requests: 20,
    pipeline: 2,
    http: { requests: ['GET /'], expectBody: 'ok' },
  });
  expect(requests).toMatchObject({ sent: 20, right: 20 });
});
