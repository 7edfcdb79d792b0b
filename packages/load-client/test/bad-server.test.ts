import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { keptPort } from '@sockpool/port-fixture';
import {
  ERROR_CLASSES,
  runLoad,
  type ErrorClass,
  type LoadOptions,
  type LoadResult,
} from '../src/index.ts';
import { misbehave, type Misbehavior } from './fixtures/bad-server.ts';
import { startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

const HTTP = { http: { requests: ['GET /'] } };
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function classesOf({ errors }: LoadResult): ErrorClass[] {
  return ERROR_CLASSES.filter((errorClass) => errors[errorClass] > 0);
}

const FAULTS: readonly (readonly [Misbehavior, ErrorClass])[] = [
  ['answers wrong text', 'wrongReply'],
  ['answers twice', 'surplusBytes'],
  ['closes early', 'earlyClose'],
  ['closes instead of a reply', 'closedBeforeReply'],
  ['resets', 'reset'],
  ['stays silent', 'timeout'],
];

/** Answers four lines at a time, in one write. */
function joinReplies(socket: net.Socket): void {
  let held = '';
  socket.on('data', (chunk) => {
    held += chunk.toString().toUpperCase();
    if (held.split('\n').length > 4) {
      socket.write(held);
      held = '';
    }
  });
}

describe('a deliberately bad server', () => {
  test.each(FAULTS.filter(([, errorClass]) => errorClass !== 'surplusBytes'))(
    'that %s is counted as %s, once for each request',
    async (fault, errorClass) => {
      await using server = await startServer(misbehave(fault));
      const result = await runLoad({
        port: server.port,
        connections: 2,
        requests: 3,
        messages: ['hello'],
        // Only where none comes: one that comes may be late.
        ...(fault === 'stays silent' && { replyTimeoutMs: 60 }),
        reconnectDelayMs: 0,
      });
      expect(classesOf(result)).toEqual([errorClass]);
      expect(result.errors[errorClass]).toBe(6);
      expect(result.requests).toMatchObject({ sent: 6, right: 0, failed: 6, unsent: 0 });
    },
  );

  test('that splits replies is right, since TCP keeps no boundaries', async () => {
    await using server = await startServer(misbehave('splits replies'));
    const result = await runLoad({ port: server.port, requests: 5, messages: ['hello'] });
    expect(result.requests).toMatchObject({ right: 5, failed: 0 });
    expect(result.firstByte.p50Ms).toBeLessThanOrEqual(result.latency.p50Ms);
  });

  test('that joins the replies to pipelined requests is right', async () => {
    await using server = await startServer(joinReplies);
    const result = await runLoad({
      port: server.port,
      requests: 8,
      pipeline: 4,
      framing: 'line',
    });
    expect(result.requests).toMatchObject({ right: 8, failed: 0 });
  });

  test('that answers twice is counted as surplusBytes', async () => {
    await using server = await startServer(misbehave('answers twice'));
    const result = await runLoad({ port: server.port, requests: 2, messages: ['hello'] });
    expect(classesOf(result)).toEqual(['surplusBytes']);
    expect(result.differences[0]).toMatchObject({ errorClass: 'surplusBytes', actual: 'HELLO' });
  });

  test.each<readonly [of: string, options: LoadOptions, reply: string, rest: string]>([
    ['raw', {}, 'A', 'junk'],
    ['line, a part', { framing: 'line' }, 'A\n', 'ju'],
    ['line, a whole reply', { framing: 'line' }, 'A\n', 'junk\n'],
    ['length-prefixed, a part', { framing: 'length-prefixed' }, '\0\0\0\x01A', '\0\0\0\x04ju'],
    [
      'length-prefixed, no length',
      { framing: 'length-prefixed' },
      '\0\0\0\x01A',
      '\xff\xff\xff\xff',
    ],
    ['HTTP, junk', HTTP, OK, 'junk'],
    ['HTTP, a part', HTTP, OK, 'HTTP/1.1 200 O'],
    ['HTTP, a whole reply', HTTP, OK, OK],
    ['HTTP, behind an announced end', HTTP, OK.replace('OK', 'OK\r\nConnection: close'), 'junk'],
  ])(
    'bytes behind a right reply are surplus, at once or later: %s',
    async (_of, options, reply, rest) => {
      for (const later of [false, true]) {
        if (later && reply.includes('close')) continue;
        await using server = await startServer((socket) => {
          socket.once('data', () => {
            socket.write(later ? reply : reply + rest, 'latin1');
            // In a read of its own.
            if (later) setTimeout(() => socket.write(rest, 'latin1'), 50);
          });
        });
        const result = await runLoad({
          ...options,
          port: server.port,
          ...(options.http === undefined && { messages: ['a'] }),
          // One request is due at once, the next long after the rest.
          rate: 0.01,
          durationMs: 90_000,
          reconnectAttempts: 0,
        });
        expect(classesOf(result)).toEqual(['surplusBytes']);
        expect(result.requests).toMatchObject({ right: 1, failed: 0 });
        expect(result.differences[0]).toMatchObject({ errorClass: 'surplusBytes', request: '' });
      }
    },
  );

  test('that answers wrong text is shown with the reply and the expected one', async () => {
    await using server = await startServer(misbehave('answers wrong text'));
    const result = await runLoad({ port: server.port, messages: ['hello '] });
    expect(result.differences).toEqual([
      {
        errorClass: 'wrongReply',
        request: 'hello ',
        expected: 'HELLO',
        actual: 'hello',
        reason: 'the reply differs from byte 0 on',
      },
    ]);
  });

  test('a wrong line is counted alone, and the lines behind it are still right', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => {
        const lines = chunk.toString().toUpperCase().split('\n').slice(0, -1);
        socket.write(lines.map((line) => (line === 'B' ? 'X\n' : `${line}\r\n`)).join(''));
      });
    });
    const result = await runLoad({
      port: server.port,
      messages: ['a', 'b', 'c'],
      messageOrder: 'sequential',
      requests: 9,
      pipeline: 3,
      framing: 'line',
    });
    expect(result.requests).toMatchObject({ sent: 9, right: 6, failed: 3 });
    expect(result.errors.wrongReply).toBe(3);
    expect(result.opened).toBe(1);
  });

  test('a length over any limit is counted as malformedReply', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', () => socket.write(Buffer.alloc(8, 0xff)));
    });
    const result = await runLoad({
      port: server.port,
      framing: 'length-prefixed',
      requests: 1,
    });
    expect(classesOf(result)).toEqual(['malformedReply']);
    expect(result.requests.failed).toBe(1);
  });

  test('a port that nobody listens on is counted as refused, and all requests as unsent', async () => {
    const port = await keptPort();
    const result = await runLoad({ port, requests: 4, reconnectAttempts: 1, reconnectDelayMs: 0 });
    expect(classesOf(result)).toEqual(['refused']);
    expect(result.errors.refused).toBe(2);
    expect(result.requests).toMatchObject({ sent: 0, unsent: 4 });
  });

  test('requests are sent again after a reset when retries are allowed, and count once', async () => {
    await using server = await startServer((socket, index) => {
      socket.on('data', (chunk) => {
        if (index < 2) socket.resetAndDestroy();
        else socket.write(chunk.toString().toUpperCase());
      });
    });
    const result = await runLoad({
      port: server.port,
      requests: 3,
      retries: 2,
      reconnectDelayMs: 0,
    });
    expect(result.requests).toEqual({
      sent: 3,
      right: 3,
      failed: 0,
      unanswered: 0,
      unsent: 0,
      retried: 2,
    });
    expect(classesOf(result)).toEqual([]);
  });

  test.each(FAULTS)(
    'the command exits with 1 for a server that %s and names %s',
    async (fault, name) => {
      await using server = await startServer(misbehave(fault));
      const port = String(server.port);
      const patience = fault === 'stays silent' ? ['--reply-timeout', '60ms'] : [];
      const outcome = await runCli(['--port', port, ...patience, '--requests', '1']);
      expect(outcome.code).toBe(1);
      expect(outcome.stdout).toMatch(new RegExp(`errors +1: ${name} 1`));
    },
  );

  test('the command exits with 0 for a server that splits or joins replies', async () => {
    await using splits = await startServer(misbehave('splits replies'));
    expect(await runCli(['--port', String(splits.port), '-n', '5'])).toMatchObject({ code: 0 });
    await using joins = await startServer(joinReplies);
    const args = ['--port', String(joins.port), '-n', '8', '--pipeline', '4', '--framing', 'line'];
    expect(await runCli(args)).toMatchObject({ code: 0 });
  });

  test('the command exits with 1 for a server that refuses or breaks the framing', async () => {
    const port = String(await keptPort());
    const refused = await runCli(['--port', port, '--reconnect-attempts', '0']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/errors +1: refused 1/);
    await using malformed = await startServer((socket) => {
      socket.on('data', () => socket.write(Buffer.alloc(8, 0xff)));
    });
    const framing = ['--framing', 'length-prefixed'];
    const outcome = await runCli(['--port', String(malformed.port), ...framing]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toMatch(/errors +1: malformedReply 1/);
  });

  test('requests behind a partly answered one are closedBeforeReply, that one is earlyClose', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', () => socket.end('A\nB'));
    });
    const result = await runLoad({
      port: server.port,
      messages: ['a', 'b', 'c', 'd'],
      messageOrder: 'sequential',
      requests: 4,
      pipeline: 4,
      framing: 'line',
    });
    expect(result.requests).toMatchObject({ sent: 4, right: 1, failed: 3 });
    expect(result.errors).toMatchObject({ earlyClose: 1, closedBeforeReply: 2 });
  });
});
