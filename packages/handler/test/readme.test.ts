import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

test("The README's program serves its handler without a pool, and closes on SIGTERM", async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const programs = readme.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms);
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules/@sockpool'), { recursive: true });
  await symlink(
    fileURLToPath(new URL('..', import.meta.url)),
    join(folder, 'node_modules/@sockpool/handler'),
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [, name = '', program = ''] of programs) await writeFile(join(folder, name), program);
  const child = spawn(process.execPath, [join(folder, 'server.ts')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const output = createInterface(child.stdout).on('line', (line) => lines.push(line));
  const closed = once(output, 'close');
  await once(output, 'line');
  const port = Number(/port: (\d+)/.exec(lines[0] ?? '')?.[1]);
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.text()).toBe(`Hello from process ${child.pid}\n`);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  await closed;
  expect(lines.join('\n')).toMatch(/^closed \{\s+drainedConnections: [01],\s+cutConnections: 0/m);
});
