import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// @boundaries-ignore: the package comes packed, into a project of its own
import { defineConfig } from 'sockpool';

assert.deepEqual(defineConfig({ port: 3000 }), { port: 3000 });

const folder = await mkdtemp(join(tmpdir(), 'sockpool-'));
const command = join(import.meta.dirname, 'node_modules/.bin/sockpool');
const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};
assert.match(run('--version').stdout, /^\d+\.\d+\.\d+/);
assert.match(run('--help').stdout, /sockpool serve/);
assert.equal(run('serv').status, 2);
await writeFile(join(folder, 'server.mjs'), "throw new Error('not today');\n");
const failed = run('serve', 'server.mjs', '--port', '0', '--no-control', '--workers', '1');
assert.equal(failed.status, 1);
assert.match(failed.stderr, /not today \(.*server\.mjs:1:7\)/);
await rm(folder, { recursive: true });
