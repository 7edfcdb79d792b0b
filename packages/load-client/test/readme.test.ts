import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { once } from 'node:events';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../src/cli/exit-codes.ts';
import { ERROR_CLASSES, LOAD_DEFAULTS, runLoad } from '../src/index.ts';
import { echoUpperCase, startServer, type TestServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';
import { CLI, spawnReading } from './fixtures/spawn-cli.ts';

const README = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const guide = (name: string): Promise<string> =>
  readFile(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
const TESTING = await guide('load-testing');
const RESULTS = await guide('load-results');
/** Everything that is written about the package. */
const ALL = `${README}${TESTING}${RESULTS}`;
const INDEX = new URL('../dist/index.js', import.meta.url).href;

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, code = '']) => code,
  );
}

/** The cells of the first column of the table of a text below a header cell. */
function firstColumn(text: string, header: string): string[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header} `));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).flatMap((line) => line.split('|')[1]?.trim() ?? '');
}

const commands = blocks('sh')
  .flatMap((block) => block.replaceAll('\\\n', '').trim().split('\n'))
  .filter((line) => line.startsWith('npx sockpool-load'));

describe('README', () => {
  let echo: TestServer;
  let folder = '';
  const web = http.createServer((_request, response) => response.end('ok'));

  beforeAll(async () => {
    echo = await startServer(echoUpperCase);
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    folder = await mkdtemp(join(tmpdir(), 'load-readme-'));
  });

  afterAll(async () => {
    await echo[Symbol.asyncDispose]();
    web.close();
    web.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  /** Points an example at the servers of this test, and makes it short. */
  const adapted = (text: string): string =>
    text
      .replaceAll('20446', String(echo.port))
      .replaceAll('8080', String((web.address() as net.AddressInfo).port))
      .replace(/--duration \d+s/g, '--duration 600ms')
      .replace(/--warmup \d+s/g, '--warmup 50ms')
      .replace('0..3000', '0..30')
      .replace('[0, 3000]', '[0, 30]')
      // What a busy machine may break is parsed, and not held.
      .replace('p99<5ms,errors=0,unsent=0', 'p99<50s,errors=0,unsent>=0')
      .replace('--fail-if-saturated', '');

  test('its commands work, in the order in which they stand', async () => {
    expect(commands).toHaveLength(3);
    for (const line of commands) {
      const command = adapted(line).replace('npx sockpool-load', '"$@"');
      const script = `cd '${folder}' && ${command}`;
      const outcome = await spawnReading('sh', ['-c', script, 'sh', process.execPath, CLI]).outcome;
      expect({ line, code: outcome.code, stderr: outcome.stderr }).toMatchObject({ line, code: 0 });
    }
  });

  test('its programs work', async () => {
    const programs = blocks('ts');
    expect(programs).toHaveLength(1);
    for (const [index, program] of programs.entries()) {
      const file = join(folder, `program-${index}.ts`);
      await writeFile(file, adapted(program).replace("'@sockpool/load-client'", `'${INDEX}'`));
      const outcome = await spawnReading(process.execPath, [file]).outcome;
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
      expect(outcome.stdout).not.toBe('');
    }
  });

  test('the tables of the guides name every option, flag, error class, exit code and field of the result', async () => {
    const { stdout: help } = await runCli(['--help']);
    const flags = help.match(/--[a-z][a-z-]+/g) ?? [];
    for (const flag of new Set(flags)) expect(ALL).toContain(`\`${flag}`);
    const options = firstColumn(TESTING, 'Option').map((cell) => cell.replaceAll('`', ''));
    for (const name of Object.keys(LOAD_DEFAULTS)) expect(options).toContain(name);
    for (const name of firstColumn(README, 'Option')) {
      if (name !== '-') expect(options).toContain(name.replaceAll('`', ''));
    }
    const source = await readFile(
      new URL('../src/options/load-options.ts', import.meta.url),
      'utf8',
    );
    const [declared = ''] = /interface LoadOptions \{.*?\n\}/s.exec(source) ?? [];
    const names = [...declared.matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name);
    expect(options.toSorted()).toEqual(names.toSorted());
    expect(firstColumn(RESULTS, 'Class').map((cell) => cell.replaceAll('`', ''))).toEqual(
      ERROR_CLASSES,
    );
    expect(firstColumn(RESULTS, 'Exit code').map(Number)).toEqual(Object.values(EXIT));
    const fields = firstColumn(RESULTS, 'Field').flatMap((cell) =>
      cell.replaceAll('`', '').split(', '),
    );
    const result = await runLoad({ port: echo.port });
    expect(fields.toSorted()).toEqual(Object.keys(result).toSorted());
    for (const key of Object.keys(result.latency)) expect(RESULTS).toContain(`\`${key}\``);
    for (const key of Object.keys(result.requests)) expect(RESULTS).toContain(`\`${key}\``);
    for (const key of Object.keys(result.timeline[0] ?? {}))
      expect(RESULTS).toContain(`\`${key}\``);
  });
});
