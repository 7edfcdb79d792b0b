import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPrograms } from '@sockpool/pool-compliance';
import { expect, onTestFinished, test } from 'vitest';

const NODE_MODULES = new URL('../node_modules', import.meta.url);
const CLI = fileURLToPath(new URL('@sockpool/load-client/dist/cli.js', `${NODE_MODULES}/`));
const GUIDE = await readFile(new URL('../load-testing.md', import.meta.url), 'utf8');

const run = promisify(execFile);

function blocks(language: string): string[] {
  return [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, code = '']) => code,
  );
}

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

async function startEcho(answer = (text: string) => text.trimEnd().toUpperCase()): Promise<number> {
  return listen(
    net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => socket.write(answer(chunk.toString())));
    }),
  );
}

/** An empty folder in which packages are found. */
const folder = async (): Promise<string> => installPrograms(NODE_MODULES, {});

test('its commands work, in the order in which they stand', async () => {
  const port = await startEcho();
  const cwd = await folder();
  // Those of sessions are run by the load client's own tests, beside the servers that they need.
  const lines = blocks('sh')
    .filter((block) => !block.includes('--session'))
    .flatMap((block) => block.trim().split('\n'));
  expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'npx sockpool-load --port',
    'npx sockpool-load --port',
    'npx sockpool-load compare',
    'npx sockpool-load merge',
  ]);
  const adapted = (line: string): string[] =>
    line
      .replace('20446', String(port))
      .replace(/--duration \d+s/, '--duration 300ms')
      .replace('--repeat 5', '--repeat 2')
      // What a busy machine may break is read, and not held.
      .replace("'p99<1.1x,throughput>0.9x'", 'p99<1000x,throughput>0.001x')
      .replace("'p99<5ms,errors=0'", 'p99<60s,errors=0')
      .split(' ')
      .slice(2);
  for (const line of lines) {
    // The results that are merged are those of runs at the same time.
    if (line.includes(' merge ')) {
      const load = ['--port', String(port), '-d', '300ms', '--json'];
      await Promise.all(
        ['a', 'b'].map((name) => run(process.execPath, [CLI, ...load, `${name}.json`], { cwd })),
      );
    }
    const skew = line.includes(' merge ') ? ['--clock-skew', '1m'] : [];
    await run(process.execPath, [CLI, ...adapted(line), ...skew], { cwd });
  }
  const sum = JSON.parse(await readFile(join(cwd, 'sum.json'), 'utf8')) as { machines: number };
  expect(sum.machines).toBe(2);
});

test('its programs work', async () => {
  const web = http.createServer((_request, response) => response.end('ok'));
  const port = await listen(web);
  onTestFinished(() => web.closeAllConnections());
  const cwd = await folder();
  const programs = blocks('ts');
  expect(programs).toHaveLength(2);
  for (const [index, program] of programs.entries()) {
    const file = join(cwd, `program-${index}.ts`);
    await writeFile(file, program.replaceAll('8080', String(port)).replace('10_000', '200'));
    const { stdout, stderr } = await run(process.execPath, [file]);
    expect(stderr).toBe('');
    expect(stdout).not.toBe('');
  }
});

test('its framing module works', async () => {
  const port = await startEcho((text) => text.replaceAll('?', '!'));
  const file = join(await folder(), 'question-framing.mjs');
  await writeFile(file, blocks('js').join(''));
  const load = ['--port', String(port), '-n', '4', '--pipeline', '2', '-m', 'why'];
  const { stdout } = await run(process.execPath, [CLI, ...load, '--framing-module', file]);
  expect(stdout).toContain('4 sent, 4 right replies');
});
