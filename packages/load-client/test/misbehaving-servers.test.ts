import { readFile } from 'node:fs/promises';
import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/cli/exit-codes.ts';
import { startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

/** What a server does with each connection. */
type Behavior = (socket: net.Socket, index: number) => void;

/** Answers each chunk by a function of it. */
const answering =
  (answer: (request: string, count: number, socket: net.Socket) => string | undefined): Behavior =>
  (socket) => {
    let count = 0;
    socket.on('data', (chunk) => {
      const reply = answer(chunk.toString(), count, socket);
      count += 1;
      if (reply !== undefined && !socket.destroyed) socket.write(reply);
    });
  };

const upper = (request: string): string => request.toUpperCase();
const http =
  (reply: string): Behavior =>
  (socket) =>
    socket.on('data', () => socket.write(reply));

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HTTP = ['--http', 'GET /'];
const ONCE = ['-n', '1', '--reconnect-attempts', '0'];
const QUICK = ['--reply-timeout', '300ms'];
const { failed, threshold } = EXIT;

/** A server, what it is asked, and the exit code and the words that tell its fault. */
type Row = readonly [
  name: string,
  behavior: Behavior,
  args: readonly string[],
  code: number,
  told: string,
];

const ROWS: readonly Row[] = [
  ['says nothing', () => {}, [...ONCE, ...QUICK], failed, '1 × no whole reply within 300 ms'],
  [
    'says half',
    answering((r) => upper(r).slice(0, 1)),
    [...ONCE, ...QUICK, '-m', 'ab'],
    failed,
    'timeout: 1 × no whole reply within 300 ms',
  ],
  [
    'ends at once',
    (s) => s.end(),
    ['-n', '3', '--think-ms', '5000', '--reconnect-attempts', '1'],
    failed,
    '1 gave up',
  ],
  [
    'ends before the reply',
    answering((_r, _c, s) => void s.end()),
    ONCE,
    failed,
    'the peer ended before the reply',
  ],
  [
    'ends within the reply',
    answering((_r, _c, s) => void s.end('H')),
    [...ONCE, '-m', 'hello'],
    failed,
    'the peer ended within the reply',
  ],
  ['resets', answering((_r, _c, s) => void s.resetAndDestroy()), ONCE, failed, '1 × ECONNRESET'],
  [
    'resets after a reply',
    answering((r, c, s) => (c === 0 ? upper(r) : void s.resetAndDestroy())),
    ['-n', '2'],
    failed,
    'reset: 1 × ECONNRESET',
  ],
  [
    'answers in lower case',
    answering((r) => r.toLowerCase()),
    [...ONCE, '-m', 'a'],
    failed,
    'the reply differs from byte 0 on',
  ],
  [
    'answers too much',
    answering((r) => `${upper(r)}!`),
    [...ONCE, '-m', 'a', '--framing', 'line'],
    failed,
    'bytes came that answer no request',
  ],
  [
    'answers twice',
    answering((r) => upper(r) + upper(r)),
    [...ONCE, '-m', 'a'],
    failed,
    'bytes came that answer no request',
  ],
  [
    'speaks first',
    (s) => s.write('220 ready'),
    ['-n', '1', '--think-ms', '5000', '--reconnect-attempts', '0'],
    failed,
    'bytes came that answer no request',
  ],
  [
    'answers others',
    answering((r, c) => upper(c % 2 === 0 ? r : 'x')),
    ['-n', '4', '-m', 'a'],
    failed,
    'wrongReply 2',
  ],
  [
    'answers every tenth not',
    answering((r, c) => (c === 9 ? undefined : upper(r))),
    // Time enough for the nine that it does answer, on a busy machine.
    ['-n', '10', '--reply-timeout', '3s'],
    failed,
    'timeout 1',
  ],
  [
    'stops answering',
    answering((r, c) => (c < 2 ? upper(r) : undefined)),
    ['-d', '1s', '--drain', '0s', '--reply-timeout', '1m', '--expect', 'errors=0'],
    threshold,
    'BROKEN: errors=0 (is 1)',
  ],
  [
    'stops answering, with some allowed',
    answering((r, c) => (c < 2 ? upper(r) : undefined)),
    ['-d', '1s', '--drain', '0s', '--reply-timeout', '1m', '--expect', 'errors<5'],
    failed,
    'BROKEN: no unanswered requests',
  ],
  [
    'serves one connection only',
    (s, i) => (i === 0 ? answering(upper)(s, i) : s.resetAndDestroy()),
    ['-c', '3', '-n', '2', '--reconnect-attempts', '0'],
    failed,
    '1 of 3 worked',
  ],
  [
    'serves one connection only, asked for all',
    (s, i) => (i === 0 ? answering(upper)(s, i) : s.resetAndDestroy()),
    [
      '-c',
      '3',
      '-n',
      '2',
      '--reconnect-attempts',
      '0',
      '--expect',
      'errors<9,connections=3,unsent<9',
    ],
    threshold,
    'BROKEN: connections=3 (is 1)',
  ],
  [
    'breaks the length prefix',
    (s) => s.on('data', () => s.write(Buffer.alloc(8, 0xff))),
    [...ONCE, '--framing', 'length-prefixed'],
    failed,
    'malformedReply 1',
  ],
  ['speaks no TLS', (s) => s.end('plain text'), [...ONCE, '--tls'], failed, 'tls: 1 × ERR_SSL'],
  [
    'hangs in the handshake',
    () => {},
    [...ONCE, '--tls', '--connect-timeout', '300ms'],
    failed,
    'no connection within 300 ms',
  ],
  [
    'answers 500',
    http('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'),
    [...ONCE, ...HTTP],
    failed,
    'the status is 500 instead of 200 to 299',
  ],
  [
    'answers 404 where 200 is right',
    http('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n'),
    [...ONCE, ...HTTP, '--http-status', '200'],
    failed,
    'statuses    404: 1',
  ],
  [
    'answers another body',
    http(ok),
    [...ONCE, ...HTTP, '--http-expect-body', 'fine'],
    failed,
    'the body is not the expected one',
  ],
  [
    'announces too much',
    http('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'),
    [...ONCE, ...HTTP, ...QUICK],
    failed,
    'timeout: 1 × no whole reply within 300 ms',
  ],
  [
    'announces too little',
    http('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok'),
    [...ONCE, ...HTTP],
    failed,
    'bytes came that answer no request',
  ],
  [
    'names two lengths',
    http('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'),
    [...ONCE, ...HTTP],
    failed,
    'is no content length',
  ],
  [
    'breaks a chunk',
    http('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    [...ONCE, ...HTTP],
    failed,
    "'zz' is no chunk size",
  ],
  [
    'ends within a chunked body',
    (socket) =>
      socket.on('data', () => {
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab');
      }),
    [...ONCE, ...HTTP],
    failed,
    'earlyClose: 1 × the peer ended within the reply',
  ],
  [
    'sends interim replies only',
    http('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'),
    [...ONCE, ...HTTP, ...QUICK],
    failed,
    'timeout: 1 × no whole reply within 300 ms',
  ],
  [
    'speaks another protocol',
    http('SSH-2.0-OpenSSH\r\n'),
    [...ONCE, ...HTTP],
    failed,
    "instead of 'HTTP/1.'",
  ],
  [
    'switches protocols',
    http('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    [...ONCE, ...HTTP],
    failed,
    'switches to another protocol',
  ],
  [
    'sends endless heads',
    http(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`),
    [...ONCE, ...HTTP],
    failed,
    'more than 65536 bytes',
  ],
];

const GUIDE = await readFile(new URL('../../../docs/load-results.md', import.meta.url), 'utf8');

describe('a server that misbehaves in one way', () => {
  test('is one of thirty, which the guide has with exit code and words', () => {
    // One that is held against a condition as well is the same server.
    expect(new Set(ROWS.map(([name]) => name.split(',', 1)[0])).size).toBe(30);
    const start = GUIDE.indexOf('| A server that ');
    const [, , ...lines] = GUIDE.slice(start, GUIDE.indexOf('\n\n', start)).split('\n');
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells.map(([, name, code, told]) => [name, code, told])).toEqual(
      ROWS.map(([name, , , code, told]) => [name, String(code), `\`${told}\``]),
    );
  });

  test.each(ROWS)('%s: verdict, exit code and reason are right', async (_name, ...row) => {
    const [behavior, args, code, told] = row;
    await using server = await startServer(behavior);
    const outcome = await runCli(['-p', String(server.port), '-q', ...args]);
    expect({ code: outcome.code, output: outcome.stdout + outcome.stderr }).toEqual({
      code,
      output: expect.stringContaining(told) as string,
    });
    expect(outcome.stderr).toContain('BROKEN: ');
  });
});
