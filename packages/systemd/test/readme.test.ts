import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LineClient, programsIn } from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { activate, withoutActivate } from './fixtures/socket-activate.ts';

const skipped = withoutActivate === undefined ? '' : ` (skipped: ${withoutActivate})`;

/** Puts the README's server into a folder in which the packages are installed. */
async function install(): Promise<string> {
  const programs = await programsIn(new URL('../README.md', import.meta.url));
  const handlers = await programsIn(
    new URL('../README.md', import.meta.resolve('@sockpool/process-pool')),
  );
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules/@sockpool'), { recursive: true });
  for (const [name, entry] of [
    ['systemd', import.meta.resolve('@sockpool/systemd')],
    ['process-pool', import.meta.resolve('@sockpool/process-pool')],
    ['handler', import.meta.resolve('@sockpool/handler')],
  ] as const) {
    const installed = fileURLToPath(new URL('..', entry));
    await symlink(installed, join(folder, 'node_modules/@sockpool', name));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'server.ts'), programs.get('server.ts') ?? '');
  await writeFile(join(folder, 'handler.ts'), handlers.get('handler.ts') ?? '');
  return join(folder, 'server.ts');
}

describe.skipIf(withoutActivate !== undefined)(`The README of @sockpool/systemd${skipped}`, () => {
  test('has a server that systemd-socket-activate starts with its first client', async () => {
    const { service, port } = await activate([await install()]);
    onTestFinished(() => void service.kill('SIGKILL'));
    const printed = once(createInterface(service.stdout!), 'line') as Promise<[string]>;
    const address = { address: '127.0.0.1', family: 'IPv4', port };
    await using client = await LineClient.connect(address);
    expect(await client.ask('hello')).toBe('HELLO');
    await client.end();
    // Signals close the pool from here on: its first worker may serve before the others are ready.
    const [line] = await printed;
    expect(line).toContain(`port: ${port}`);
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
