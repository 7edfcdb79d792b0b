import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { keptPort } from '@sockpool/port-fixture';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMMAND, Workplace } from './fixtures/run-command.ts';

const isMissing = spawnSync('systemd-socket-activate', ['--version']).error !== undefined;
const skipped = isMissing ? ' (skipped: systemd-socket-activate is not installed)' : '';

const FILES = {
  'server.cjs': `const http = require('node:http');
http.createServer((_, response) => response.end('open')).listen(process.env.PORT ?? 3000);`,
  // Where the configuration listens is for places without systemd.
  'sockpool.config.mjs': `export default { file: './server.cjs', port: 3000, workers: 1, bootTimeoutMs: 20_000 };`,
  // Keeps what it is told.
  'systemd-notify': '#!/bin/sh\necho "$@" >> "$(dirname "$0")/told"\n',
};

/** Runs the command when the first client comes to one of the ports, as a `.socket` unit does. */
async function activate(
  ports: readonly number[],
  ...flags: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly place: Workplace }> {
  const place = await Workplace.make(FILES);
  await chmod(join(place.folder, 'systemd-notify'), 0o755);
  const child = spawn(
    'systemd-socket-activate',
    [
      ...ports.map((port) => `--listen=127.0.0.1:${port}`),
      `--setenv=PATH=${place.folder}:${process.env['PATH']}`,
      `--setenv=XDG_RUNTIME_DIR=${place.folder}`,
      '--setenv=NOTIFY_SOCKET=/run/nobody',
      process.execPath,
      COMMAND,
      'serve',
      ...flags,
    ],
    { cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stderr);
  for await (const line of lines) if (line.startsWith('Listening on')) break;
  return { child, place };
}

async function get(port: number): Promise<string> {
  const init = { headers: { connection: 'close' } };
  return (await fetch(`http://127.0.0.1:${port}`, init)).text();
}

describe.skipIf(isMissing)(`sockpool serve under systemd${skipped}`, () => {
  test.each(['--processes', '--threads'])(
    'serves the socket that is passed, and tells systemd how the pool is, on %s',
    async (kind) => {
      const port = await keptPort();
      const { child, place } = await activate([port], kind);
      expect(await get(port)).toBe('open');
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      const told = await readFile(join(place.folder, 'told'), 'utf8');
      expect(told).toMatch(/READY=1.*MAINPID=\d+[^]*STOPPING=1/);
      expect(told).toContain('STATUS=Serving with 1 worker');
    },
  );

  test.each(['--processes', '--threads'])(
    'says what to write when a program listens on one of two sockets, and ends, on %s',
    async (kind) => {
      const ports = [await keptPort(), await keptPort()] as const;
      const { child } = await activate(ports, kind);
      const told = text(child.stderr!);
      const exited = once(child, 'exit');
      await expect(get(ports[1])).rejects.toThrow();
      expect(await exited).toEqual([1, null]);
      expect(await told).toContain(
        `it has not called listen() for port ${ports[1]} of the pool, and nothing is left that it waits for`,
      );
    },
  );

  test('hands its socket over in an upgrade', async () => {
    const port = await keptPort();
    const { child, place } = await activate([port], '--processes');
    expect(await get(port)).toBe('open');
    const exited = once(child, 'exit');
    // Its control comes after the first client, and so does that of the new primary.
    await expect.poll(async () => (await place.run('status')).code).toBe(0);
    expect(await place.run('upgrade')).toMatchObject({ code: 0 });
    expect(await exited).toEqual([0, null]);
    expect(await get(port)).toBe('open');
    await expect.poll(async () => (await place.run('stop')).code).toBe(0);
  });
});
