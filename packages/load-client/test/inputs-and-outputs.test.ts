import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';
import { CLI } from './fixtures/spawn-cli.ts';

async function folderOfTest(): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'load-inputs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return (name) => join(folder, name);
}

test('{{counter}} counts messages, and \\{{ stands for itself', async () => {
  const seen: string[] = [];
  await using server = await startServer((socket) => {
    socket.on('data', (chunk) => {
      seen.push(chunk.toString());
      socket.write(chunk.toString().toUpperCase());
    });
  });
  await runLoad({
    port: server.port,
    requests: 5,
    messages: ['a{{counter}}-{{counter}}', 'plain', '\\{{counter}} {{counter}}'],
    messageOrder: 'sequential',
  });
  expect(seen).toEqual(['a0-0', 'plain', '{{counter}} 2', 'a3-3', 'plain']);
});

test.each([
  ['closed, each', { requests: 5, connections: 2 }, 10],
  ['closed, in all', { totalRequests: 7, connections: 2 }, 7],
  ['closed, thinking', { requests: 3, connections: 2, thinkMs: [5, 10] as const }, 6],
  ['open', { totalRequests: 20, rate: 400 }, 20],
])('the warm-up takes nothing from the number of requests (%s)', async (_name, limits, sent) => {
  await using server = await startServer(echoUpperCase);
  const result = await runLoad({ port: server.port, warmupMs: 600, ...limits });
  expect(result.requests).toMatchObject({ sent, right: sent, unsent: 0 });
  expect(result.warmup.requests).toBeGreaterThan(0);
});

test('every --http-header is sent, and a body of bytes comes from a file', async () => {
  const file = await folderOfTest();
  const body = Buffer.from([0, 255, 128, 10, 13, 123, 123]);
  await writeFile(file('body.bin'), body);
  const seen: [string | string[] | undefined, Buffer][] = [];
  const web = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    seen.push([request.headersDistinct['x-a'], Buffer.concat(parts)]);
    response.writeHead(seen.length === 1 ? 201 : 503).end();
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => {
    web.close();
    web.closeAllConnections();
  });
  const { port } = web.address() as net.AddressInfo;
  const { code, stdout } = await runCli(
    `-p ${port} --http POST\u00A0/ --http-header X-A:\u00A01 --http-header X-A:\u00A02 -n 3 -q`
      .split(' ')
      .map((word) => word.replaceAll('\u00A0', ' '))
      .concat('--http-body-file', file('body.bin')),
  );
  expect(seen[0]).toEqual([['1', '2'], body]);
  expect(stdout).toContain('statuses    201: 1, 503: 2');
  expect(stdout).toContain('wrongReply: 2 × the status is 503 instead of 200 to 299');
  expect(code).toBe(1);
});

test('binary messages of a file are sent as they are', async () => {
  const file = await folderOfTest();
  await writeFile(file('messages'), Buffer.from([0xff, 0x00, 0x80, 10, 0x61, 13, 10]));
  const seen = new Set<string>();
  await using server = await startServer((socket) => {
    socket.on('data', (chunk) => {
      seen.add(chunk.toString('hex'));
      socket.write('ok');
    });
  });
  const args = ['-p', String(server.port), '-n', '2', '--order', 'sequential', '--reply', 'any'];
  expect(await runCli([...args, '--messages-file', file('messages')])).toMatchObject({ code: 0 });
  expect([...seen].toSorted()).toEqual(['61', 'ff0080']);
});

test('outputs are opened before the run, and - is standard output for each of them', async () => {
  await using server = await startServer(echoUpperCase);
  const file = await folderOfTest();
  const load = ['-p', String(server.port), '-n', '1', '-q'];
  const missing = await runCli([...load, '--csv', file('no/such/folder.csv')]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(
    /^sockpool-load: Cannot write --csv to '.*folder\.csv': ENOENT: [a-z ]+\n$/,
  );
  expect(server.accepted()).toBe(0);
  const unread = await runCli([...load, '--messages-file', file('none')]);
  expect(unread.code).toBe(1);
  expect(unread.stderr).toMatch(/^sockpool-load: Cannot read '.*none': ENOENT: [a-z ]+\n$/);
  const csv = await runCli([...load, '--csv', '-']);
  expect(csv.stdout).toMatch(/^run,second,/);
  expect(csv.stderr).toContain('closed model');
  const two = await runCli([...load, '--csv', '-', '--json', '-']);
  expect(two).toMatchObject({ code: 2 });
  expect(two.stderr).toContain("only one output can be '-'");
  await writeFile(file('kept.json'), 'old');
  await runCli(['-p', '1', '--reconnect-attempts', 'x', '--json', file('kept.json')]);
  expect(await readFile(file('kept.json'), 'utf8')).toBe('old');
  await expect(access(file('other.json'))).rejects.toThrow('ENOENT');
});

test('a closed standard output ends quietly', async () => {
  await using server = await startServer(echoUpperCase);
  const child = spawn(process.execPath, [CLI, '-p', String(server.port), '-q', '--json', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  expect(stderr).not.toContain('EPIPE');
});

test('[::1], 10k and p100 are taken', async () => {
  await using server = await startServer(echoUpperCase, { port: 0, host: '::1' });
  const load = ['--host', '[::1]', '-p', String(server.port), '--total-requests', '1k', '-q'];
  const { code, stdout, stderr } = await runCli([...load, '--expect', 'p100<60s']);
  expect(stdout).toContain('1000 sent, 1000 right');
  expect(stderr).toContain('met: p100<60s');
  expect(code).toBe(0);
  const refused = await runCli(['-p', '1', '--total-requests', '10x']);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain("such as '30' or '10k'");
});

test.each([
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ['a folded field', 'HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nok'],
  [
    'gzip below chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ],
])('an HTTP reply with %s is understood', async (_name, reply) => {
  await using server = await startServer((socket) => {
    socket.on('data', () => socket.write(reply));
  });
  const http = { requests: ['GET /'], expectBody: 'ok' };
  const result = await runLoad({ port: server.port, requests: 3, http });
  expect(result.requests).toMatchObject({ right: 3, failed: 0 });
  expect(result.statuses).toEqual({ 200: 3 });
  expect(result.opened).toBe(1);
});

test('a reply with a coding other than chunked ends with its connection', async () => {
  await using server = await startServer((socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok'));
  });
  const http = { requests: ['GET /'], expectBody: 'ok' };
  const result = await runLoad({ port: server.port, requests: 2, http });
  expect(result.requests).toMatchObject({ right: 2, failed: 0 });
});

test('a reply that lasts until the end of its connection announces that end', async () => {
  await using server = await startServer((socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  });
  const result = await runLoad({
    port: server.port,
    requests: 3,
    http: { requests: ['GET /'], expectBody: 'all of it' },
  });
  expect(result.requests).toMatchObject({ right: 3, failed: 0 });
  expect(result).toMatchObject({ closedWhileIdle: 0, closedAsAnnounced: 3 });
});

test('a 408 that nobody asked for is the end of an idle connection', async () => {
  await using server = await startServer((socket, index) => {
    socket.on('data', () => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
      socket.write(head);
      // The client thinks when this comes.
      if (index === 0) {
        setTimeout(() => {
          socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
        }, 50);
      }
    });
  });
  const http = { requests: ['GET /'] };
  const thinkMs = [600, 600] as const;
  const result = await runLoad({ port: server.port, requests: 2, http, thinkMs });
  expect(result.requests).toMatchObject({ right: 2, failed: 0 });
  expect(Object.values(result.errors).every((count) => count === 0)).toBe(true);
  expect(result.closedWhileIdle).toBeGreaterThanOrEqual(1);
});

test('the reasons of TLS and of certificates are told', async () => {
  await using server = await startServer((socket) => socket.end('no TLS here'));
  const result = await runLoad({
    port: server.port,
    tls: true,
    reconnectAttempts: 0,
  });
  expect(result.errors.tls).toBe(1);
  expect(Object.keys(result.errorReasons.tls ?? {})[0]).toMatch(/^ERR_SSL_\w+: .*(version|packet)/);
});

/** A disk on which nothing finds room; where there is none, there is nothing to try. */
const FULL = '/dev/full';

describe.runIf(existsSync(FULL))('on a full disk', () => {
  test('an output that has no room is named, and takes none of the others with it', async () => {
    const file = await folderOfTest();
    await using server = await startServer(echoUpperCase);
    const outputs = ['--json', FULL, '--csv', FULL, '--tap', file('run.tap')];
    const { code, stderr } = await runCli(['-p', String(server.port), '-q', ...outputs]);
    expect(stderr).toContain(
      `sockpool-load: Cannot write --json to '${FULL}': ENOSPC: no space left on device, write; Cannot write --csv to`,
    );
    expect(code).toBe(1);
    expect(await readFile(file('run.tap'), 'utf8')).toMatch(/^TAP version 14\n1\.\.\d/);
  });

  test.each([[[]], [['--json', '-']]])('standard output is told in one line (%j)', async (args) => {
    await using server = await startServer(echoUpperCase);
    const disk = await open(FULL, 'w');
    const run = ['-p', String(server.port), '-q', ...args];
    const child = spawn(process.execPath, [CLI, ...run], { stdio: ['ignore', disk.fd, 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number];
    await disk.close();
    expect(stderr.split('\n').at(-2)).toMatch(
      /^sockpool-load: Cannot write to standard output: ENOSPC/,
    );
    expect(code).toBe(1);
  });
});

test.each(['sessions=1', 'sessions-failed=0', 'session-p99<1s'])(
  '%s is refused where there are no sessions',
  async (condition) => {
    const { code, stderr } = await runCli(['-p', '1', '--expect', condition]);
    expect(stderr).toContain('it has no sessions; give their steps');
    expect(code).toBe(2);
  },
);
