import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { buildFile, buildFolder } from '../fixtures/generated-module.ts';
import { hasCompiler } from '../fixtures/probe-library.ts';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const memory = fileURLToPath(new URL('../fixtures/headers/memory.h', import.meta.url));
const odd = fileURLToPath(new URL('../fixtures/odd.h', import.meta.url));

interface Run {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], { cwd, env }: Run = {}) {
  return spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
}

describe.skipIf(!hasCompiler)('sockpool-ffi', () => {
  test('says on stderr what it leaves out, and sums it', () => {
    const { status, stdout, stderr } = run(['generate', memory]);
    expect(status).toBe(0);
    expect(stdout).toContain('// write_items() is left out: `data` is read');
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toContain(
      'sockpool-ffi: memory.h: compress_default() is left out: `src` is read, and how far is not ' +
        'said: say `text` or `length` in the hints; `dst` may be written: say `length`, `text`, ' +
        '`out` or `byref` in the hints.',
    );
    expect(lines.at(-1)).toMatch(
      /^sockpool-ffi: memory\.h: 18 of 37 functions, 4 structs, 0 constants; left out: wants a hint 17, no counterpart 1, variable arguments 1$/,
    );
  });

  test('--strict fails when anything is left out, unless a hint says so', () => {
    expect(run(['generate', odd, '--strict']).status).toBe(1);
    const header = buildFile('one.h', 'int fine(int a);\nint print_all(const char *f, ...);\n');
    expect(run(['generate', header, '--strict']).status).toBe(1);
    const hints = buildFile('one.json', '{ "print_all": false }');
    const { status, stderr } = run(['generate', header, '--strict', '--hints', hints]);
    expect([status, stderr.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      'sockpool-ffi: one.h: 1 of 2 functions, 0 structs, 0 constants; left out: by a hint 1',
    ]);
  });

  test('hints writes those that are wanted, and refuses them until they are complete', () => {
    const { stdout, status } = run(['hints', memory]);
    expect(status).toBe(0);
    expect(stdout).toContain('  "compress_default": {\n    "src": { "length": "srcSize?" },\n');
    expect(JSON.parse(stdout)).toHaveProperty('store_open.out');
    const hints = buildFile('unfinished.json', stdout);
    const refused = run(['generate', memory, '--hints', hints]);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^sockpool-ffi: Cannot apply the hint for \w+\(\w+\): .*\n$/);
  });

  test.each([
    [['genrate'], 2, 'Unknown command genrate: did you mean generate? See sockpool-ffi --help'],
    [['generate'], 2, 'Cannot run: <header> is missing; see sockpool-ffi --help'],
    [['generate', memory, '--oout', 'x'], 2, 'Unknown option --oout: did you mean --out? See'],
    [
      ['generate', memory, '--functions', '('],
      2,
      'Option --functions must be a regular expression (',
    ],
    [['generate', memory, '--hints', 'no/such'], 1, "Cannot read the hints 'no/such': ENOENT: no"],
    [
      ['generate', odd, '--out', 'no/such'],
      1,
      "Cannot write 'no/such': ENOENT: no such file or dir",
    ],
  ] as const)('%j ends with exit code %d and one line', (args, code, message) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr.startsWith(`sockpool-ffi: ${message}`) || stderr).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('says which headers an umbrella leaves untaken, and takes them', () => {
    const folder = join(buildFolder, 'umbrella');
    mkdirSync(join(folder, 'umbrella'), { recursive: true });
    writeFileSync(join(folder, 'umbrella.h'), '#include "umbrella/part.h"\n#include <stdlib.h>\n');
    writeFileSync(
      join(folder, 'umbrella/part.h'),
      '#define PART 7\nint part_of(int n);\nint whole_of(int n);\n',
    );
    const umbrella = join(folder, 'umbrella.h');
    const { stderr, stdout } = run(['generate', umbrella]);
    expect(stdout).not.toContain('part_of');
    expect(stderr).toContain(
      'umbrella.h: it declares no function itself; functions of headers that it includes are not ' +
        'taken: ',
    );
    expect(stderr).toContain("taken: part.h (2); --also 'umbrella/**' takes them");
    const taken = run(['generate', umbrella, '--also', 'umbrella/**']);
    expect(taken.stdout).toContain('part_of: fn([i32], i32)');
    expect(taken.stderr).not.toContain('are not taken');
    expect(taken.stdout).toContain('export const PART = 7;');
    expect(taken.stdout).not.toContain('strtol');
  });

  test('takes what the header declares again, after a header that it includes', () => {
    const folder = join(buildFolder, 'again');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'first.h'),
      'int shared_of(int);\nenum level { LOW, HIGH };\nenum level first_of(int);\n',
    );
    writeFileSync(join(folder, 'second.h'), '#include "first.h"\nint shared_of(int number);\n');
    const { stdout } = run(['generate', join(folder, 'second.h')]);
    expect(stdout).toContain('shared_of: fn([i32], i32)');
    expect(stdout).not.toMatch(/first_of|HIGH/);
    const named = run(['generate', join(folder, 'second.h'), '--functions', '^first_of$']);
    expect(named.stdout).toContain('first_of: fn([i32], i32)');
    expect(named.stdout).toContain('export const HIGH = 1;');
    expect(named.stdout).not.toContain('shared_of');
  });

  test('takes -I before the header, -D, --std, --before and a CC with flags', () => {
    const folder = join(buildFolder, 'flags');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    writeFileSync(join(folder, 'inner/level.h'), '#define DEEP 3\n');
    const header = join(folder, 'flags.h');
    writeFileSync(
      header,
      '#include "level.h"\n#ifdef CHOSEN\nint chosen(int a);\n#endif\n' +
        'enum { VALUE = CHOSEN + DEEP, STANDARD = __STDC_VERSION__ == 199901L };\n' +
        'int unspoken();\nsize_t sized(size_t n);\n#ifdef MORE\nint more(void);\n#endif\n',
    );
    const inner = join(folder, 'inner');
    const { status, stdout, stderr } = run(
      ['generate', '-I', inner, header, '-D', 'CHOSEN=4', '--std', 'c99', '--before', 'stddef.h'],
      { env: { CC: `${process.env['CC'] || 'cc'} -DMORE -m64` } },
    );
    expect([status, stderr.includes('error')]).toEqual([0, false]);
    expect(stdout).toContain('chosen: fn([i32], i32)');
    expect(stdout).toContain('more: fn([], i32)');
    expect(stdout).toContain('sized: fn([usize], usize)');
    expect(stdout).toContain('export const VALUE = 7;');
    expect(stdout).toContain('export const STANDARD = 1;');
    expect(stdout).toContain('// unspoken() is left out');
  });

  test('the same header gives the same bytes, wherever it lies and in whatever locale', () => {
    const outputs = ['one', 'another place'].flatMap((place) => {
      const folder = join(buildFolder, 'places', place);
      mkdirSync(join(folder, 'include'), { recursive: true });
      writeFileSync(join(folder, 'include/part.h'), 'struct part { int a[3]; };\n');
      writeFileSync(
        join(folder, 'whole.h'),
        '#include "part.h"\nenum kind { NONE, SOME = 5 };\n/** Takes a part. */\nint take(const struct part *p, enum kind k);\n',
      );
      return [
        { header: 'whole.h', cwd: folder, locale: 'C' },
        { header: join(folder, 'whole.h'), cwd: '/', locale: 'de_DE.UTF-8' },
      ].map(({ header, cwd, locale }) => {
        const { stdout } = run(['generate', header, '-I', join(folder, 'include')], {
          cwd,
          env: { LC_ALL: locale, LANGUAGE: locale },
        });
        return stdout;
      });
    });
    expect(outputs[0]).toContain('take: fn([constRef(part), i32], i32)');
    expect(outputs[0]).toContain('/** Takes a part. */');
    expect(new Set(outputs).size).toBe(1);
  });

  test('a missing header, a missing compiler and wrong usage are one line each', () => {
    const failed = run(['generate', '/no/such/header.h']);
    expect([failed.status, failed.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(failed.stderr).toContain('/no/such/header.h');
    const broken = run(['generate', buildFile('broken.h', 'int f(no_such_type x);\n')]);
    expect([broken.status, broken.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(broken.stderr).toContain('no_such_type');
    const without = run(['generate', odd], { env: { CC: 'no-such-cc' } });
    expect([without.status, without.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(run(['generate']).status).toBe(2);
    expect(run(['generate', odd, '--functions', '(']).status).toBe(2);
    expect(run(['--no-such-option']).status).toBe(2);
    expect(run(['--help']).status).toBe(0);
    const version = execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }).trim();
    const { version: expected } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(version).toBe(expected);
  });
});
