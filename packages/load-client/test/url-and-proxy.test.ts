import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';
import { CLI, spawnReading } from './fixtures/spawn-cli.ts';

test('a URL says where the load goes and what is spoken there', async () => {
  const paths: string[] = [];
  const web = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => {
    web.close();
    web.closeAllConnections();
  });
  const { port } = web.address() as net.AddressInfo;
  const outcome = await runCli([`http://127.0.0.1:${port}/a?b=1`, '-n', '2', '-q']);
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stdout).toContain('statuses    200: 2');
  expect(paths).toEqual(['GET /a?b=1', 'GET /a?b=1']);
  const posted = await runCli([`http://127.0.0.1:${port}`, '--http', 'POST /c', '-q']);
  expect(posted).toMatchObject({ code: 0 });
  expect(paths.at(-1)).toBe('POST /c');
  await using echo = await startServer(echoUpperCase);
  expect(await runCli([`tcp://127.0.0.1:${echo.port}`, '-q'])).toMatchObject({ code: 0 });
  for (const [args, message] of [
    [['udp://localhost/'], 'UDP is not spoken'],
    [['http://localhost/', '--port', '1'], 'Cannot use --port beside the URL'],
    [['http://localhost/a', '--http', 'GET /b'], 'write the path in --http'],
  ] as const) {
    const refused = await runCli(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(message);
  }
});

test('sockpool-load proxy delays both ways until SIGINT, and counts', async () => {
  await using echo = await startServer(echoUpperCase);
  const args = [CLI, 'proxy', `127.0.0.1:${echo.port}`, '--delay', '20ms'];
  const { child, outcome } = spawnReading(process.execPath, args);
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const port = Number(/^127\.0\.0\.1:(\d+) leads to /.exec(line.toString())?.[1]);
  const result = await runLoad({ port, requests: 3, messages: ['a'] });
  expect(result.requests.right).toBe(3);
  expect(result.latency.minMs).toBeGreaterThanOrEqual(39);
  child.kill('SIGINT');
  const { code, stdout } = await outcome;
  expect(code).toBe(0);
  expect(stdout).toContain('1 connections, 0 cut, 3 bytes to the target, 3 bytes back');
});

test('the first seconds say so when nothing comes back, and what to try', async () => {
  await using silent = await startServer(() => {});
  const none = await runCli(['-p', String(silent.port), '-d', '2500ms', '--drain', '0s']);
  expect(none.stderr).toMatch(/so far no reply to \d requests; a server of HTTP needs 'http:\/\//);
  await using lower = await startServer((socket) => {
    socket.on('data', (chunk) => socket.write(chunk.toString().toLowerCase()));
  });
  const wrong = await runCli(['-p', String(lower.port), '-d', '2500ms']);
  expect(wrong.stderr).toMatch(/so far no right reply, \d+ × wrongReply: '--reply same'/);
  // Silent seconds are shown as well.
  expect(none.stderr).toMatch(/ {3}2 s: \d sent, 0 right, \d errors/);
});

test('the reply timeout fits a run by time', async () => {
  await using silent = await startServer(() => {});
  const result = await runLoad({ port: silent.port, durationMs: 1500, drainMs: 1000 });
  expect(result.errors.timeout).toBeGreaterThanOrEqual(1);
  expect(result.errorReasons.timeout).toEqual({
    'no whole reply within 1000 ms': result.errors.timeout,
  });
});
