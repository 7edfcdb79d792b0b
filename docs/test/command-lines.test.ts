import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { documentedLines } from './documented-lines.ts';
import { filesOf, ROOT } from './documents.ts';
import { KEPT, type Kept, keeps } from './kept-lines.ts';

const COMMAND = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));
const LINES = documentedLines();

/** What stands in the test that runs a line. */
function saysOf({ lines, says }: Extract<Kept, { by: string }>, line: string): string {
  const groups = lines.exec(line);
  return says.replaceAll(/\$(\d)/g, (_, index: string) => groups?.[Number(index)] ?? '');
}

test('Every command line of the documents is run by a test or by CI, or has a reason why not', () => {
  expect(LINES.length).toBeGreaterThan(150);
  const kept = LINES.map((line) => ({ ...line, rules: KEPT.filter((rule) => keeps(rule, line)) }));
  // A new one: add it to kept-lines.ts, with the test that runs it or the reason.
  expect(kept.filter(({ rules }) => rules.length !== 1)).toEqual([]);
  const astray = kept.flatMap(({ document, line, rules: [rule] }) => {
    if (rule === undefined || !('by' in rule)) return [];
    const says = saysOf(rule, line);
    const file = new URL(rule.by, ROOT);
    const isThere = existsSync(file) && readFileSync(file, 'utf8').includes(says);
    return isThere ? [] : [{ document, line, by: rule.by, says }];
  });
  expect(astray).toEqual([]);
});

test('Nothing is kept that no document shows', () => {
  expect(KEPT.filter((rule) => !LINES.some((line) => keeps(rule, line)))).toEqual([]);
});

/** What a pattern's first group matches in the command lines, each once. */
function named(pattern: RegExp): string[] {
  return [...new Set(LINES.flatMap(({ line }) => pattern.exec(line)?.[1] ?? []))];
}

test('Every script of pnpm that the documents name exists', () => {
  const scripts = filesOf(['package.json', '{packages,apps}/*/package.json']).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(new URL(name, ROOT), 'utf8')) as {
      readonly scripts?: Readonly<Record<string, string>>;
    };
    return Object.keys(manifest.scripts ?? {});
  });
  // What is pnpm's own.
  const known = new Set(['install', 'exec', 'pack', ...scripts]);
  const names = named(/(?:^|\s)pnpm(?:@\d+)? (?:run )?([a-z][\w:-]*)/);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test('Every program that the documents have run by node is there', () => {
  // Those of other folders are the reader's, or of the package whose README it is.
  const programs = named(/(?:^|\s)node ((?:apps|packages|\.ci)\/\S+\.[cm]?[jt]s)/);
  expect(programs.length).toBeGreaterThan(1);
  expect(programs.filter((program) => !existsSync(new URL(program, ROOT)))).toEqual([]);
});

test('Every package of ours that the documents install is one', () => {
  const ours = new Set(
    filesOf('packages/*/package.json').map(
      (name) =>
        (JSON.parse(readFileSync(new URL(name, ROOT), 'utf8')) as { readonly name: string }).name,
    ),
  );
  const installed = LINES.flatMap(({ line }) =>
    line.startsWith('npm install ') ? (line.match(/@sockpool\/[\w.-]+/g) ?? []) : [],
  );
  expect(installed.length).toBeGreaterThan(10);
  expect(installed.filter((name) => !ours.has(name))).toEqual([]);
});

test.each(['sockpool', '@sockpool/load-client', '@sockpool/zero-loss'])(
  'The command of %s says which Node it needs where it cannot run',
  (name) => {
    const manifest = new URL(import.meta.resolve(`${name}/package.json`));
    const { bin, engines } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
      readonly engines: { readonly node: string };
    };
    const [[command, file] = ['', '']] = Object.entries(bin);
    const old = "Object.defineProperty(process, 'versions', { value: { node: '22.1.0' } })";
    const { status, stderr } = spawnSync(
      process.execPath,
      [`--import=data:text/javascript,${old}`, fileURLToPath(new URL(file, manifest))],
      { encoding: 'utf8' },
    );
    const [least = ''] = /\d+\.\d+/.exec(engines.node) ?? [];
    expect(stderr).toContain(`${command}: Cannot run on Node 22.1.0: it needs Node `);
    expect(stderr).toContain(least);
    expect(status).toBe(1);
  },
);

test('The help of what waits for connections names the default of the options', () => {
  const options = readFileSync(new URL('docs/options.md', ROOT), 'utf8');
  const [, graceMs = ''] = /`shutdown\.graceMs` *\| *`([\d_]+)`/.exec(options) ?? [];
  expect(graceMs).not.toBe('');
  for (const command of ['serve', 'restart', 'stop', 'resize', 'upgrade']) {
    const help = execFileSync(process.execPath, [COMMAND, command, '--help'], { encoding: 'utf8' });
    expect(help).toMatch(new RegExp(`--grace MS .*\\b${graceMs.replace('_', '')}\\b`));
  }
});
