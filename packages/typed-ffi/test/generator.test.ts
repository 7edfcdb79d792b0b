import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { generateBindings, type GenerateOptions } from '../src/generator/generate-bindings.ts';
import type { Library, LibraryOptions } from '../src/index.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const probeHeader = fileURLToPath(new URL('fixtures/probe.h', import.meta.url));
const oddHeader = fileURLToPath(new URL('fixtures/odd.h', import.meta.url));
const build = fileURLToPath(new URL('../build/generated/', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const zlib = '/usr/include/zlib.h';
const math = '/usr/include/math.h';
const sqlite = '/usr/include/sqlite3.h';

type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>;
type Open = (path: string | readonly string[], options?: LibraryOptions) => Functions;

/** Returns what the TypeScript compiler finds wrong. */
function typeErrors(files: readonly string[]): string {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const flags =
    '--noEmit --declaration --strict --module nodenext --target es2024 --types node --isolatedDeclarations --skipLibCheck --ignoreConfig';
  return spawnSync(process.execPath, [tsc, ...flags.split(' '), ...files], { encoding: 'utf8' })
    .stdout;
}

/** Generates a module, has the TypeScript compiler check it, and imports it. */
async function generated(
  name: string,
  header: string,
  options: GenerateOptions,
): Promise<{ readonly text: string; readonly module: Readonly<Record<string, unknown>> }> {
  const text = generateBindings(header, { name, ...options });
  mkdirSync(build, { recursive: true });
  const file = join(build, `${name.toLowerCase()}.ts`);
  writeFileSync(file, text);
  expect(typeErrors([file])).toBe('');
  return {
    text,
    module: (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Library<{}>,
  };
}

const fromProbe = (options: GenerateOptions) => () => generateBindings(probeHeader, options);

describe.skipIf(!hasCompiler)('The generator', () => {
  test('declares what a header has, and the declarations work', async () => {
    const hints = {
      divide: { quotient: { out: true }, remainder: { out: true } },
      probe_close: { handle: { released: true } },
      length_or_zero: { text: { nullable: true } },
    };
    const { text, module } = await generated('Probe', probeHeader, {
      hints,
      offThread: ['slow_sum'],
    });
    const c = (module['openProbe'] as Open)(probePath(), { unsupported: 'defer' });
    expect(c['flip_i64']?.(5)).toBe(-6n);
    expect(c['divide']?.(17, 5)).toEqual([0, 3, 2]);
    expect(c['length_or_zero']?.(null)).toBe(0n);
    expect(await c['slow_sum_off_thread']?.(Int32Array.of(1, 2), 2, 1)).toBe(3);
    const handle = c['probe_open']?.(3);
    expect(c['probe_value']?.(handle)).toBe(3);
    c['probe_close']?.(handle);
    expect(() => c['probe_value']?.(handle)).toThrow('has been released');
    expect(generateBindings(probeHeader, { name: 'Probe', hints, offThread: ['slow_sum'] })).toBe(
      text,
    );
    await (module['checkProbeLayouts'] as (options: object) => Promise<void>)({
      headers: [probeHeader],
    });
  }, 60_000);

  test.skipIf(!existsSync(sqlite))(
    'reads sqlite3.h (skipped without libsqlite3-dev)',
    async () => {
      const { text, module } = await generated('Sqlite', sqlite, {
        functions:
          /^sqlite3_(open|close|libversion|errmsg|prepare_v2|step|finalize|column_int|mprintf)$/,
        hints: { sqlite3_prepare_v2: { pzTail: { nullable: true } } },
      });
      expect(text).toContain('// sqlite3_mprintf() is left out: it takes a variable number');
      const s = (module['openSqlite'] as Open)('libsqlite3.so.0');
      expect(s['sqlite3_libversion']?.()).toMatch(/^3\./);
      const [code, db] = s['sqlite3_open']!(':memory:') as [number, unknown];
      expect(code).toBe(0);
      const [, statement] = s['sqlite3_prepare_v2']!(db, 'select 6 * 7', -1, null) as [
        number,
        unknown,
      ];
      expect(s['sqlite3_step']?.(statement)).toBe(100);
      expect(s['sqlite3_column_int']?.(statement, 0)).toBe(42);
      s['sqlite3_finalize']?.(statement);
      s['sqlite3_close']?.(db);
      expect(generateBindings(sqlite).split('fn(').length).toBeGreaterThan(200);
    },
    60_000,
  );

  test.skipIf(!existsSync(zlib))(
    'reads zlib.h (skipped without zlib1g-dev)',
    async () => {
      const { module } = await generated('Zlib', zlib, {
        hints: { compress: { dest: { length: 'destLen' } } },
        functions: /^(compress|compressBound|crc32|zlibVersion|inflateInit_)$/,
      });
      const z = (module['openZlib'] as Open)('libz.so.1');
      expect(z['zlibVersion']?.()).toMatch(/^1\./);
      const source = new TextEncoder().encode('abc');
      expect(z['crc32']?.(0, source, 3)).toBe(0x352441c2n);
      const length = { value: 100n };
      expect(z['compress']?.(new Uint8Array(100), length, source, 3)).toBe(0);
      expect(length.value).toBe(11n);
      expect(generateBindings(zlib)).toContain('export interface z_stream_s');
    },
    60_000,
  );

  test.skipIf(!existsSync(math))(
    'reads math.h',
    async () => {
      const { text, module } = await generated('Math', math, { functions: /^[a-z]\w*$/ });
      expect(text).toContain(
        "// sinl() is left out: parameter '__x' is 'long double', which has no counterpart.",
      );
      const m = (module['openMath'] as Open)('libm.so.6', { unsupported: 'defer' });
      expect(m['sin']?.(1)).toBe(Math.sin(1));
      expect(m['powf']?.(2, 0.5)).toBe(Math.fround(Math.SQRT2));
      const exponent = { value: 0 };
      expect(m['frexp']?.(40, exponent)).toBe(0.625);
      expect(exponent.value).toBe(6);
    },
    60_000,
  );

  test('what cannot be expressed is a comment that says why, and the rest is declared', async () => {
    const { text } = await generated('Odd', oddHeader, {});
    const left = text
      .split('\n')
      .filter((line) => line.startsWith('//') && line.includes('left out'));
    expect(left).toEqual([
      "// longest() is left out: parameter 'value' is 'long double', which has no counterpart.",
      "// either_number() is left out: parameter 'value' is 'union either' by value: it is a union.",
      "// flags_low() is left out: parameter 'value' is 'struct flags' by value: it has bit fields.",
      '// sum_of() is left out: it takes a variable number of arguments.',
      "// by_value() is left out: parameter 'value' is 'struct later' by value: its fields are not declared.",
      "// each_long() is left out: the callback 'visit' takes 'long double', which has no counterpart.",
    ]);
    expect(text).toContain("holder_kind: fn([opaque('holder')], i32)");
    expect(text).toContain("choose: fn([i32], opaque('operation'))");
    expect(text).toContain('apply: fn([callback([i32, i32], i32), i32, i32], i32)');
    expect(text).toContain('fine: fn([i32], i32)');
  });

  test('a packed struct does not pass its self-check', async () => {
    const header = join(build, 'packed.h');
    mkdirSync(build, { recursive: true });
    writeFileSync(
      header,
      'struct tight { char tag; int value; } __attribute__((packed));\nint tight(struct tight *t);\n',
    );
    const { module } = await generated('Packed', header, {});
    const check = module['checkPackedLayouts'] as (options: object) => Promise<void>;
    await expect(check({ headers: [header] })).rejects.toMatchObject({
      code: 'ERR_FFI_LAYOUT_MISMATCH',
      message: expect.stringContaining('struct tight has 5 bytes in C, 8 as declared'),
    });
  });

  test('the same header gives the same bytes, wherever it lies and in whatever locale', () => {
    const outputs = ['one', 'another place'].flatMap((place) => {
      const folder = join(build, 'places', place);
      mkdirSync(join(folder, 'include'), { recursive: true });
      const included = `#include "part.h"\n`;
      writeFileSync(join(folder, 'include/part.h'), 'struct part { int a[3]; };\n');
      writeFileSync(
        join(folder, 'whole.h'),
        `${included}enum kind { NONE, SOME = 5 };\n/** Takes a part. */\nint take(const struct part *p, enum kind k);\n`,
      );
      return [
        { header: 'whole.h', cwd: folder, locale: 'C' },
        { header: join(folder, 'whole.h'), cwd: '/', locale: 'de_DE.UTF-8' },
      ].map(({ header, cwd, locale }) =>
        execFileSync(process.execPath, [cli, 'generate', header, '-I', join(folder, 'include')], {
          cwd,
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: locale, LANGUAGE: locale },
        }),
      );
    });
    expect(outputs[0]).toContain('take: fn([constRef(part), i32], i32)');
    expect(outputs[0]).toContain('/** Takes a part. */');
    expect(new Set(outputs).size).toBe(1);
  });

  const wholeHeader = (header: string): string => {
    const options = header === math ? { functions: /^[a-z]\w*$/ } : {};
    const text = generateBindings(header, options);
    expect(text).toBe(generateBindings(header, options));
    for (const line of text.split('\n')) {
      if (line.startsWith('// '))
        expect(line).toMatch(/^\/\/ (Generated by|\w+\(\) is left out: \w.{10})/);
    }
    return text;
  };
  for (const [header, debianPackage] of [
    [math, 'libc6-dev'],
    [sqlite, 'libsqlite3-dev'],
    [zlib, 'zlib1g-dev'],
  ] as const) {
    test(`the whole of ${header} type-checks, and nothing is left out without a reason`, (context) => {
      if (!existsSync(header)) context.skip(`there is no ${header}; ${debianPackage} has it`);
      mkdirSync(build, { recursive: true });
      const file = join(build, `whole-${basename(header, '.h')}.ts`);
      writeFileSync(file, wholeHeader(header));
      expect(typeErrors([file])).toBe('');
    }, 60_000);
  }

  test('hints and names that fit nothing in the header are refused', () => {
    expect(fromProbe({ hints: { no_such: {} } })).toThrow('the header declares no such function');
    expect(fromProbe({ hints: { divide: { quotent: { out: true } } } })).toThrow(
      "no parameter 'quotent', only 'a', 'b', 'quotient', 'remainder'",
    );
    expect(fromProbe({ offThread: ['no_such'] })).toThrow(TypeError);
  });

  test('a missing header, a missing compiler and wrong hints are errors of one line', () => {
    expect(() => generateBindings('/no/such/header.h')).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_HEADER_INVALID' }),
    );
    expect(() => generateBindings(probeHeader, { compiler: 'no-such-cc' })).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_COMPILER_NOT_FOUND' }),
    );
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
    const failed = run('generate', '/no/such/header.h');
    expect([failed.status, failed.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(run('generate').status).toBe(2);
    expect(run('--no-such-option').status).toBe(2);
    expect(run('--help').status).toBe(0);
    const version = execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }).trim();
    const { version: expected } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    );
    expect(version).toBe(expected);
  });
});
