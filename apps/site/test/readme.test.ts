import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../../..');
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** npm reads the machine's settings beside the Node that runs it: here the machine's, not ours. */
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(path.delimiter);

/** The line that serves the site, without its comment. */
const [, PACKAGE = '', FOLDER = ''] = /^npx -y (serve@\S+) (\S+)/m.exec(README) ?? [];

test('the static host of the README serves the site', async (context) => {
  // Where npm cannot get it now, it says nothing about the site.
  const got = spawnSync('npx', ['-y', PACKAGE, '--version'], {
    timeout: 60_000,
    env: { ...process.env, PATH: MACHINE_PATH, NO_UPDATE_CHECK: '1' },
  });
  if (got.status !== 0) context.skip(`npx cannot install ${PACKAGE}`);
  const child = spawn('npx', ['-y', PACKAGE, FOLDER, '--listen', 'tcp://127.0.0.1:0'], {
    cwd: ROOT,
    // It is there by now, and a registry that fails in between says nothing either. The host's
    // search for its own updates would keep it from serving for a minute where nothing answers.
    env: {
      ...process.env,
      PATH: MACHINE_PATH,
      npm_config_prefer_offline: 'true',
      NO_UPDATE_CHECK: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own: npx leaves what it has started behind.
    detached: true,
  });
  const ended = once(child, 'close');
  context.onTestFinished(async () => {
    process.kill(-Number(child.pid), 'SIGTERM');
    await ended;
  });
  for await (const line of createInterface(child.stdout)) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (origin === undefined) continue;
    for (const page of ['', 'documents/Handlers.html', 'modules/_sockpool_typed-ffi.html']) {
      const response = await fetch(`${origin}/${page}`);
      expect([page, response.status]).toEqual([page, 200]);
      expect(await response.text()).toContain('sockpool');
    }
    return;
  }
  throw new Error('It has ended before it served');
});
