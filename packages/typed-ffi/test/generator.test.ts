import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { generateBindings, type GenerateOptions } from '../src/generator/generate-bindings.ts';
import type { Library, LibraryOptions } from '../src/index.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const probeHeader = fileURLToPath(new URL('fixtures/probe.h', import.meta.url));
const build = fileURLToPath(new URL('../build/generated/', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>;
type Open = (path: string | readonly string[], options?: LibraryOptions) => Functions;

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
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const flags =
    '--noEmit --declaration --strict --module nodenext --target es2024 --types node --isolatedDeclarations --skipLibCheck --ignoreConfig';
  const checked = spawnSync(process.execPath, [tsc, ...flags.split(' '), file], {
    encoding: 'utf8',
  });
  expect(checked.stdout).toBe('');
  return {
    text,
    module: (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Library<{}>,
  };
}

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

  const sqlite = '/usr/include/sqlite3.h';
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

  const zlib = '/usr/include/zlib.h';
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

  const math = '/usr/include/math.h';
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
