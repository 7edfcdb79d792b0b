import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { documentNames, filesOf, ROOT } from './documents.ts';

const COMMAND = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));

/** What documents show as code: their fenced blocks, and what stands in backticks. */
const CODE = documentNames().flatMap((name) => {
  const document = readFileSync(new URL(name, ROOT), 'utf8');
  const fenced = [...document.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, code = '']) => code);
  const inline = document.replaceAll(/^```.*?^```/gms, '').match(/`[^`\n]+`/g) ?? [];
  return [...fenced.flatMap((code) => code.split('\n')), ...inline.map((code) => code.slice(1, -1))]
    .map((line) => line.replaceAll('\\|', '|'))
    .map((line) => ({ name, line }));
});

/** Finds, in code of the documents, what a pattern's first group matches; each once, with the documents. */
function found(pattern: RegExp): [string, string][] {
  const places = new Map<string, Set<string>>();
  for (const { name, line } of CODE) {
    for (const [, what = ''] of line.matchAll(pattern)) {
      const names = places.get(what.trim()) ?? new Set();
      places.set(what.trim(), names.add(name));
    }
  }
  return [...places].map(([what, names]) => [what, [...names].join(', ')]);
}

/** Those of the command, up to a comment, a pipe or a redirection. */
const LINES = found(/(?:^|\s|=)(?:npx )?sockpool ([a-z][a-z-]*(?: (?![|>#&])[^\s`]+)*)/g);

async function runCommand(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'lines-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await mkdir(join(cwd, 'current'));
  for (const name of ['server.js', 'app.ts', 'current/index.js'])
    await writeFile(join(cwd, name), '');
  for (const name of ['sockpool.config.ts', 'production.config.ts']) {
    await writeFile(join(cwd, name), "export default { file: './server.js', port: 0 };");
  }
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd,
    // Where no pool runs.
    env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: cwd },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode ?? -1, stderr };
}

test('sockpool takes the arguments of every command line in the documents', async () => {
  expect(LINES.length).toBeGreaterThan(10);
  const results = await Promise.all(
    LINES.map(async ([line, documents]) => {
      // A folder of the reader's is an empty one here.
      const args = line.replaceAll(/\/\S+\/(?=\S)/g, '').split(' ');
      const asked = args[0] === 'serve' ? [...args, '--port', '0', '--dry-run'] : args;
      const { code, stderr } = await runCommand(asked);
      return { line, documents, code, stderr };
    }),
  );
  // No pool is there to be steered, and that is found out after the arguments have been understood.
  const refused = results.filter(
    ({ code, stderr }) => code !== 0 && !(code === 1 && stderr.includes('Cannot find')),
  );
  expect(refused).toEqual([]);
});

test('Every script of pnpm that the documents name exists', () => {
  const scripts = filesOf(['package.json', '{packages,apps}/*/package.json']).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(new URL(name, ROOT), 'utf8')) as {
      readonly scripts?: Readonly<Record<string, string>>;
    };
    return Object.keys(manifest.scripts ?? {});
  });
  // What is pnpm's own, and a program that the repository installs.
  const own = new Set(['install', 'add', 'exec', 'pack', 'turbo', ...scripts]);
  const named = found(/(?:^|\s)pnpm(?:@\d+)? (?:run )?([a-z][\w:-]*)/g);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([script]) => !own.has(script))).toEqual([]);
});

test('Every program that the documents have run by node is there', () => {
  // Those of other folders are the reader's.
  const named = found(/(?:^|\s)node ((?:apps|packages|\.ci)\/\S+\.[cm]?[jt]s)/g);
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter(([program]) => !existsSync(new URL(program, ROOT)))).toEqual([]);
});

test('The help of what waits for connections names the default of the options', async () => {
  const options = readFileSync(new URL('docs/options.md', ROOT), 'utf8');
  const [, graceMs = ''] = /`shutdown\.graceMs` *\| *`([\d_]+)`/.exec(options) ?? [];
  expect(graceMs).not.toBe('');
  for (const command of ['serve', 'restart', 'stop', 'resize', 'upgrade']) {
    const child = spawn(process.execPath, [COMMAND, command, '--help']);
    expect(await text(child.stdout)).toMatch(
      new RegExp(`--grace MS .*\\b${graceMs.replace('_', '')}\\b`),
    );
  }
});
