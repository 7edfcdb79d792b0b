import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { keptPort } from '@sockpool/port-fixture';
import {
  formatJunit,
  formatTap,
  judgeRun,
  parseResults,
  parseThresholds,
  runLoad,
  type LoadResult,
} from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

/** Answers all but every tenth request. */
function answerMost(socket: net.Socket): void {
  let count = 0;
  socket.on('data', (chunk) => {
    const lines = chunk.toString().split('\n').slice(0, -1);
    for (const line of lines) {
      count += 1;
      if (count % 10 > 0) socket.write(`${line.toUpperCase()}\n`);
    }
  });
}

const broken = (result: LoadResult, conditions: string): string[] =>
  judgeRun(result, parseThresholds(conditions))
    .filter(({ met }) => !met)
    .map(({ condition }) => condition);

test('unanswered requests are errors, which only a condition about themselves allows', async () => {
  await using server = await startServer((socket) => {
    let first = true;
    socket.on('data', (chunk) => {
      if (first) socket.write(chunk.toString().toUpperCase());
      first = false;
    });
  });
  const port = String(server.port);
  const time = ['-d', '1500ms', '--drain', '50ms', '--reply-timeout', '1m'];
  const load = ['--port', port, '-c', '3', ...time, '-q'];
  const expecting = async (conditions: string): Promise<{ code: number | null; stderr: string }> =>
    runCli([...load, '--expect', conditions]);
  const none = await expecting('errors=0');
  expect(none.code).toBe(4);
  expect(none.stderr).toContain('BROKEN: errors=0 (is 3)');
  const some = await expecting('errors<100,error-rate<90%');
  expect(some.code).toBe(1);
  expect(some.stderr).toContain('BROKEN: no unanswered requests (is 3: 3 requests had no reply');
  expect(await expecting('errors<100,unanswered<=3')).toMatchObject({ code: 0 });
  expect(await expecting('unanswered<3')).toMatchObject({ code: 4 });
});

test('requests that fell due and were never sent fail an open run, unless a condition allows them', async () => {
  await using server = await startServer((socket) => socket.on('data', () => {}));
  const load = ['--port', String(server.port), '-r', '100', '-d', '1s', '--drain', '0s'];
  const patient = [...load, '--reply-timeout', '1m', '-q'];
  const allowing = 'right=0,unanswered=1';
  const strict = await runCli([...patient, '--tap', '-', '--expect', allowing]);
  expect(strict.code).toBe(1);
  expect(strict.stderr).toContain('BROKEN: every request is sent (is 99: 99 requests were never');
  expect(strict.stdout).toContain('not ok 4 - every request is sent');
  expect(await runCli([...patient, '--expect', `${allowing},unsent<100`])).toMatchObject({
    code: 0,
  });
  expect(await runCli([...patient, '--expect', `${allowing},unsent=0`])).toMatchObject({ code: 4 });
  // In the closed model a duration says how long requests are sent, and -n how many at most.
  const closed = await runLoad({
    port: server.port,
    requests: 9,
    durationMs: 1_500,
    drainMs: 0,
    replyTimeoutMs: 60_000,
  });
  expect(closed.requests.unsent).toBe(8);
  expect(broken(closed, 'right=0,unanswered=1')).toEqual([]);
});

test('a condition on one class of errors allows no other class', async () => {
  await using server = await startServer((socket) => {
    socket.on('data', (chunk) => socket.write(chunk.toString().toLowerCase()));
  });
  const result = await runLoad({ port: server.port, requests: 3, messages: ['a'] });
  expect(result.errors.wrongReply).toBe(3);
  expect(broken(result, 'reset=0,right=0')).toEqual(['no wrongReply']);
  expect(broken(result, 'wrongReply<10,right=0')).toEqual([]);
  expect(broken(result, 'errors<10,right=0')).toEqual([]);
  expect(broken(result, 'errors<10')).toEqual(['some right replies']);
});

test('connections that never open fail a run, unless a condition says how many must work', async () => {
  // Accepts two TLS clients' worth of TCP only: nobody begins a handshake with the others.
  await using server = await startServer(echoUpperCase);
  const dead = net.createServer().listen(0, '127.0.0.1');
  await once(dead, 'listening');
  onTestFinished(() => void dead.close());
  const { port } = dead.address() as net.AddressInfo;
  // One run with connections that stay in their handshake.
  const stuck = await runLoad({
    port,
    tls: true,
    connections: 3,
    durationMs: 3000,
    drainMs: 0,
    connectTimeoutMs: 60_000,
  });
  expect(stuck.connections).toEqual({
    asked: 3,
    worked: 0,
    gaveUp: 0,
    unopened: 3,
    reasons: { 'still connecting when the run ended': 3 },
  });
  expect(broken(stuck, 'errors=0')).toEqual(['every connection opens', 'some right replies']);
  expect(broken(stuck, 'errors=0,connections=3')).toEqual(['connections=3', 'some right replies']);

  const fine = await runLoad({ port: server.port, connections: 3, requests: 2 });
  expect(fine.connections).toEqual({ asked: 3, worked: 3, gaveUp: 0, unopened: 0, reasons: {} });
  expect(broken(fine, 'connections=3,errors=0')).toEqual([]);
});

test('connections go on trying as long as the run lasts, and come back after an outage', async () => {
  const port = await keptPort();
  const server = await startServer(echoUpperCase, { port, host: '127.0.0.1' });
  const opened = Promise.withResolvers<void>();
  const stop = new AbortController();
  const run = runLoad({
    port,
    connections: 2,
    rate: 100,
    durationMs: 120_000,
    reconnectDelayMs: 1,
    stopSignal: stop.signal,
    onReply: () => opened.resolve(),
  });
  await opened.promise;
  await server[Symbol.asyncDispose]();
  // More attempts fail than the five after which a run without an end gives up.
  let errors = 0;
  let replies = 0;
  for await (const { total } of run) {
    errors = total.errors.refused;
    if (errors > 12) break;
  }
  const answered = new Set<number>();
  const again = await startServer(
    (socket, index) => {
      echoUpperCase(socket);
      socket.once('data', () => answered.add(index));
    },
    { port, host: '127.0.0.1' },
  );
  onTestFinished(() => again[Symbol.asyncDispose]());
  for await (const { right } of run) {
    replies += right;
    if (replies > 100 && answered.size === 2) break;
  }
  stop.abort();
  const result = await run;
  expect(result.aborted).toBe(false);
  expect(result.connections).toMatchObject({ asked: 2, worked: 2, gaveUp: 0, unopened: 0 });
  expect(result.errors.refused).toBeGreaterThan(12);
  expect(result.errorReasons.refused).toEqual({ ECONNREFUSED: result.errors.refused });
  expect(result.requests.unanswered).toBe(0);
});

test('requests that fell due after every connection gave up are unsent, and the result says why', async () => {
  const port = await keptPort();
  const result = await runLoad({
    port,
    connections: 2,
    rate: 100,
    durationMs: 60_000,
    reconnectAttempts: 1,
    reconnectDelayMs: 1,
  });
  expect(result.requests).toMatchObject({ sent: 0, unsent: 6000 });
  expect(result.connections).toMatchObject({ gaveUp: 2, reasons: { ECONNREFUSED: 2 } });
});

test('the outcomes of conditions are in the JSON, the HTML report, JUnit and TAP', async () => {
  await using server = await startServer(answerMost);
  const folder = await mkdtemp(join(tmpdir(), 'load-verdict-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const run = ['--port', String(server.port), '--framing', 'line', '-n', '19', '--pipeline', '20'];
  const { code } = await runCli([
    ...run,
    '--reply-timeout=300ms',
    '--expect=p50<10s,errors=0',
    '-q',
    `--json=${file('a.json')}`,
    `--report=${file('a.html')}`,
    `--junit=${file('a.xml')}`,
    `--tap=${file('a.tap')}`,
  ]);
  expect(code).toBe(4);
  const [result] = parseResults(await readFile(file('a.json'), 'utf8'), 'a.json');
  expect(result?.conditions).toMatchObject([
    { condition: 'p50<10s', met: true, implied: false },
    { condition: 'errors=0', met: false, implied: false },
    { condition: 'no unanswered requests', met: true, implied: true },
    { condition: 'every connection opens', met: true, implied: true },
    { condition: 'some right replies', met: true, implied: true },
    { condition: 'every request is sent', met: true, implied: true },
  ]);
  const html = await readFile(file('a.html'), 'utf8');
  expect(html).toContain('<td>BROKEN</td><td>errors=0</td>');
  const junit = await readFile(file('a.xml'), 'utf8');
  expect(junit).toContain('tests="6" failures="1"');
  expect(junit).toMatch(/name="p50&lt;10s"\/>/);
  expect(junit).toMatch(/name="errors=0"><failure message="errors=0 \(is \d+\)"\/>/);
  const tap = await readFile(file('a.tap'), 'utf8');
  expect(tap).toMatch(/^TAP version 14\n1\.\.6\nok 1 - p50<10s\nnot ok 2 - errors=0\n {2}---\n/);
  expect(formatJunit(result ?? [])).toBe(junit);
  expect(formatTap(result ?? [])).toBe(tap);
});

test.each([
  [
    'verifyReply = async () => true',
    /verifyReply .*must return true, false or a sentence, got Promise/,
  ],
  ['verifyReply = () => {}', /verifyReply .*must return true, false or a sentence, got undefined/],
  [
    'createReplyDecoder = () => ({ push: (bytes) => [String(bytes)] })',
    /push of the decoder .*a reply must be a Buffer or another Uint8Array, got 'A'/,
  ],
])('a framing module with %s rejects the run with what it must return', async (code, told) => {
  await using server = await startServer(echoUpperCase);
  const rest = code.startsWith('createReplyDecoder')
    ? ''
    : 'export const createReplyDecoder = () => ({ push: (bytes) => [bytes] });';
  const source = `export const encodeRequest = (message) => message; export const ${code}; ${rest}`;
  const framingModule = `data:text/javascript,${encodeURIComponent(source)}`;
  const run = runLoad({ port: server.port, messages: ['a'], framingModule });
  await expect(run).rejects.toMatchObject({
    code: 'ERR_FRAMING_MODULE',
    message: expect.stringMatching(told) as string,
  });
});

test.each([1, 2])(
  'a framing module that throws rejects the run with its stack and what was measured (%i threads)',
  async (threads) => {
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.includes('end')) socket.end('a part');
        else socket.write(chunk);
      });
    });
    const folder = await mkdtemp(join(tmpdir(), 'load-framing-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const where of ['encodeRequest', 'createReplyDecoder', 'push', 'end', 'verifyReply']) {
      // The module throws in the function that its file is named after.
      const file = join(folder, `${where}.mjs`);
      await copyFile(new URL('fixtures/throwing-framing.mjs', import.meta.url), file);
      const run = runLoad({
        port: server.port,
        connections: 2,
        threads,
        durationMs: 20_000,
        messages: [where === 'end' ? 'end{{counter}}' : 'm{{counter}}'],
        framingModule: pathToFileURL(file).href,
      });
      await expect(run, where).rejects.toMatchObject({
        code: 'ERR_FRAMING_MODULE',
        message: expect.stringMatching(
          new RegExp(`function ${where}.* threw: TypeError: at fault[^]*${where}\\.mjs`),
        ) as string,
        result: { aborted: true, requests: { sent: expect.any(Number) as number } },
      });
    }
  },
);
