import { execFile } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runLoad } from '@sockpool/load-client';
import { expect, onTestFinished, test } from 'vitest';
import { hasPython, startCli, startServer } from './running-cli.ts';

const pools = ['process', 'thread'] as const;
const clientsScript = fileURLToPath(new URL('./fixtures/notebook_clients.py', import.meta.url));
const twoControlled = ['--workers', '2', '--control-signals', '--quiet'];
const oneEach = ['--workers', '3', '--max-connections-per-worker', '1'];

for (const pool of pools) {
  test(`serve --pool ${pool} closes gracefully at SIGTERM under load: all replies arrive, exit code 0`, async () => {
    const server = await startServer(['--pool', pool, ...oneEach, '--quiet']);
    let replies = 0;
    const result = await runLoad({
      port: server.port,
      connections: 30,
      requests: 5,
      thinkMs: [0, 10],
      onReply: () => {
        replies += 1;
        if (replies === 5) server.child.kill('SIGTERM');
      },
    });
    expect(result.requests).toMatchObject({ right: 150, failed: 0, unsent: 0 });
    const { code, stdout, stderr } = await server.finished;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^served 30 connections; at the close \d+ drained and 0 cut in \d+ ms/m);
    expect(code).toBe(0);
  });

  test(`serve-fastify --pool ${pool} serves the app, and closes gracefully`, async () => {
    const server = await startServer(['--pool', pool], 'serve-fastify');
    const url = `http://127.0.0.1:${server.port}/hello/world`;
    const { hello, worker } = (await (await fetch(url)).json()) as Record<string, string>;
    expect(hello).toBe('world');
    expect(worker).toMatch(pool === 'process' ? /^process \d+$/ : /^thread \d+$/);
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(0);
  });

  for (const clients of [3, 9, 30]) {
    test.runIf(hasPython)(
      `serve --pool ${pool} gives ${clients} of the notebook's Python clients all their replies`,
      async () => {
        const server = await startServer(['--pool', pool, ...oneEach]);
        const { stdout } = await promisify(execFile)('python3', [
          clientsScript,
          String(server.port),
          String(clients),
          '5',
          '0.02',
        ]);
        expect(stdout.trim()).toBe(String(clients * 5));
        server.child.kill('SIGINT');
        const finished = await server.finished;
        expect(finished.code).toBe(0);
        const served = finished.stdout.match(
          /^[012] serving (hello|bye|why|yes|no|maybe|are you sure|why not\?)$/gm,
        );
        expect(served).toHaveLength(clients * 5);
        expect(finished.stdout.match(/^\('127\.0\.0\.1', \d+\) {2}closing$/gm)).toHaveLength(
          clients,
        );
      },
    );
  }
}

/** A client of the raw framing, whose connection goes with the test. */
async function rawClient(port: number) {
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const ask = async (message: string): Promise<string> => {
    socket.write(message);
    return String((await once(socket, 'data'))[0]);
  };
  const end = async (): Promise<void> => {
    socket.end();
    await once(socket, 'close');
  };
  return { ask, end };
}

for (const pool of pools) {
  test(`serve --pool ${pool} --control-signals resizes and restarts, and a client notices nothing`, async () => {
    const server = await startServer(['--pool', pool, ...twoControlled]);
    const { ask, end } = await rawClient(server.port);
    expect(await ask('one')).toBe('ONE');
    server.child.kill('SIGTTIN');
    await server.line(/^resized from 2 to 3 workers$/m);
    server.child.kill('SIGTTOU');
    await server.line(/^resized from 3 to 2 workers$/m);
    expect(await ask('two')).toBe('TWO');
    await end();
    server.child.kill('SIGHUP');
    await server.line(/^restarted in \d+ ms: generation 1, 0 connections cut$/m);
    const next = await rawClient(server.port);
    expect(await next.ask('three')).toBe('THREE');
    await next.end();
    server.child.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0, stderr: '' });
  });
}

test('serve --control-signals hands its port to a new primary at SIGUSR2', async () => {
  const server = await startServer(['--workers', '1', '--control-signals', '--quiet']);
  const old = await rawClient(server.port);
  expect(await old.ask('before')).toBe('BEFORE');
  server.child.kill('SIGUSR2');
  const [, printed] = await server.line(/^upgraded: process (\d+) serves from now on$/m);
  const pid = Number(printed);
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESRCH' });
    }
  });
  const exited = once(server.child, 'exit');
  expect(await old.ask('still')).toBe('STILL');
  await old.end();
  expect(await exited).toEqual([0, null]);
  const young = await rawClient(server.port);
  expect(await young.ask('after')).toBe('AFTER');
  await young.end();
  process.kill(pid, 'SIGTERM');
  // Both programs write to the same pipe, which the last one closes.
  const { stdout, stderr } = await server.finished;
  expect(stdout.match(/^listening on 127\.0\.0\.1:(\d+)$/gm)).toEqual([
    `listening on 127.0.0.1:${server.port}`,
    `listening on 127.0.0.1:${server.port}`,
  ]);
  expect(stdout.match(/^served 1 connections; .* 0 cut/gm)).toHaveLength(2);
  expect(stderr).toBe('');
});

test('serve --pool thread says that it cannot be upgraded, and serves on', async () => {
  const server = await startServer(['--pool', 'thread', '--control-signals', '--quiet']);
  const told = once(server.child.stderr ?? server.child, 'data');
  server.child.kill('SIGUSR2');
  expect(String((await told)[0])).toMatch(
    /^\[sockpool\] error: Signal SIGUSR2: Cannot upgrade this kind of pool .*\n/,
  );
  const client = await rawClient(server.port);
  expect(await client.ask('on')).toBe('ON');
  await client.end();
  server.child.kill('SIGTERM');
  expect((await server.finished).code).toBe(0);
});

test('serve cuts what is open after --grace-ms, and says so', async () => {
  const server = await startServer(['--pool', 'thread', '--grace-ms', '50', '--quiet']);
  const client = net.connect(server.port, '127.0.0.1').on('error', () => undefined);
  await once(client, 'connect');
  client.write('hello');
  await once(client, 'data');
  server.child.kill('SIGTERM');
  const { code, stdout } = await server.finished;
  expect(stdout).toMatch(/0 drained and 1 cut/);
  expect(code).toBe(0);
});

test('serve speaks the framing it is told to', async () => {
  const server = await startServer(['--framing', 'line', '--quiet']);
  const result = await runLoad({
    port: server.port,
    framing: 'line',
    connections: 4,
    requests: 50,
    pipeline: 10,
  });
  expect(result.requests).toMatchObject({ right: 200, failed: 0 });
});

test('An occupied port is one line on stderr and exit code 1', async () => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as net.AddressInfo;
  for (const pool of pools) {
    const { finished } = startCli(['serve', '--pool', pool, '--port', String(port)]);
    expect(await finished).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*EADDRINUSE.*\n$/),
    });
  }
});

test.each([
  [['serve', '--pool', 'fibre'], /^error: .*'fibre' is invalid.*process, thread.*\n$/],
  [['serve', '--framing', 'xml'], /^error: .*'xml' is invalid.*raw, line, length-prefixed.*\n$/],
  [['serve', '--port', 'eighty'], /^error: .*'eighty' is invalid.*0 to 65535.*\n$/],
  [['serve', '--workers', '0'], /^error: .*'0' is invalid.*1 or more.*\n$/],
  [['serve', '--loud'], /^error: unknown option '--loud'.*\n$/],
  [['dance'], /^error: .*\n$/],
])('%j is a usage error: one line, exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await startCli(args).finished;
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

test('--help and --version go to stdout with exit code 0', async () => {
  const help = await startCli(['serve', '--help']).finished;
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('--max-connections-per-worker');
  const version = await startCli(['--version']).finished;
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
