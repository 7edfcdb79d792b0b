import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const HANDLER = `export default (connection, { workerId }) => {
  connection.once('data', (text) => connection.end(workerId + ' ' + text));
};`;

/** A program of the README, with the name of its file in the first line. */
const PROGRAM = /^```ts\n\/\/ ([\w-]+\.ts)\n(.*?)^```$/gms;

test("The README's pool of workers in one process serves, shares out and closes", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules/@sockpool'), { recursive: true });
  await symlink(
    fileURLToPath(new URL('..', import.meta.url)),
    join(folder, 'node_modules/@sockpool/pool-core'),
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'handler.ts'), HANDLER);
  for (const [, name = '', program = ''] of readme.matchAll(PROGRAM)) {
    await writeFile(join(folder, name), program);
  }
  const child = spawn(process.execPath, [join(folder, 'inline-server.ts')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Not its exit, after which some of what it has printed may still be on its way.
  const ended = once(child, 'close');
  const lines: string[] = [];
  const output = createInterface(child.stdout).on('line', (line) => lines.push(line));
  await once(output, 'line');
  const port = Number(/port: (\d+)/.exec(lines[0] ?? '')?.[1]);
  const clients = Array.from({ length: 3 }, () => net.connect(port, '127.0.0.1'));
  for (const client of clients) onTestFinished(() => void client.destroy());
  await Promise.all(clients.map((client) => once(client, 'connect')));
  child.kill('SIGTERM');
  const replies = clients.map(async (client) => {
    client.write('hello');
    return String((await once(client, 'data'))[0]);
  });
  expect((await Promise.all(replies)).toSorted()).toEqual(['0 hello', '1 hello', '2 hello']);
  for (const client of clients) client.end();
  expect(await ended).toEqual([0, null]);
  expect(lines.join('\n')).toMatch(/drainedConnections: 3,\s+cutConnections: 0/);
});
