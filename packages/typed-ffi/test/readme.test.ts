import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { BACKENDS } from '../src/index.ts';
import { hasCompiler } from './fixtures/probe-library.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');

/** Returns the code blocks of a language, without the fences. */
function blocksOf(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return Array.from(readme.matchAll(pattern), ([, block = '']) => block);
}

/** Returns the blocks that begin with their file's name, by that name. */
function programsOf(language: string): Map<string, string> {
  return new Map(
    blocksOf(language).map((block) => [/^\/\/ (\S+)\n/.exec(block)?.[1] ?? '(no name)', block]),
  );
}

/** What a program says that it prints: the comments after `console.log`. */
function promisedBy(program: string): string[] {
  return Array.from(program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, text = '']) => text);
}

const zlib = existsSync('/usr/include/zlib.h');
const reason = hasCompiler
  ? zlib
    ? ''
    : ' (skipped: no zlib1g-dev)'
  : ' (skipped: no C compiler)';

describe.skipIf(reason !== '')(`The README${reason}`, () => {
  const programs = programsOf('ts');
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'typed-ffi-readme-'));
    const installed = join(folder, 'node_modules/@sockpool/typed-ffi');
    await mkdir(dirname(installed), { recursive: true });
    await symlink(packageFolder, installed);
    await symlink(join(packageFolder, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [name, text] of [...programs, ...programsOf('c')]) {
      await writeFile(join(folder, name), text);
    }
    await writeFile(join(folder, 'hints.json'), blocksOf('json')[0] ?? '');
    const shell = { cwd: folder, shell: true, stdio: 'pipe' } as const;
    const compile = /^\/\/ (cc .*)$/m.exec(readme)?.[1] ?? '';
    execFileSync(compile, shell);
    const cli = join(packageFolder, 'dist/cli/main.js');
    const generate = blocksOf('sh').find((block) => block.startsWith('npx sockpool-ffi')) ?? '';
    execFileSync(generate.replace('npx sockpool-ffi', `"${process.execPath}" "${cli}"`), shell);
  });

  afterAll(() => rm(folder, { recursive: true }));

  test('names each of its programs, and every one says what it prints', () => {
    expect([...programs.keys()]).toEqual(['sum.ts', 'zlib.ts']);
    for (const program of programs.values()) expect(promisedBy(program).length).toBeGreaterThan(1);
  });

  test('has programs that type-check', async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
    const flags =
      '--noEmit --strict --module nodenext --target esnext --types node --skipLibCheck --allowImportingTsExtensions --ignoreConfig';
    const args = [join(tsc, '../bin/tsc'), ...flags.split(' '), ...programs.keys()];
    const checked = promisify(execFile)(process.execPath, args, { cwd: folder });
    expect(
      await checked.then(
        ({ stdout }) => stdout,
        ({ stdout }) => String(stdout),
      ),
    ).toBe('');
  });

  test.each([...programs])('has a program %s that prints what it says', async (name, program) => {
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder });
    expect(stdout.trimEnd().split('\n')).toEqual(promisedBy(program));
  });

  test('names each backend', () => {
    for (const backend of BACKENDS) expect(readme).toContain(`\`${backend}\``);
  });
});
