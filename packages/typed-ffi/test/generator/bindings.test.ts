import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import {
  generateBindings,
  type GenerateOptions,
} from '../../src/generator/bindings/generate-bindings.ts';
import type { Hints } from '../../src/generator/mapping/hints.ts';
import { buildFile, generatedModule, typeErrors, type Open } from '../fixtures/generated-module.ts';
import { hasCompiler, probePath } from '../fixtures/probe-library.ts';

const probeHeader = fileURLToPath(new URL('../fixtures/probe.h', import.meta.url));
const oddHeader = fileURLToPath(new URL('../fixtures/odd.h', import.meta.url));

const zlib = '/usr/include/zlib.h';
const math = '/usr/include/math.h';
const sqlite = '/usr/include/sqlite3.h';

const fromProbe = (options: GenerateOptions) => () => generateBindings(probeHeader, options);

describe.skipIf(!hasCompiler)('The generator', () => {
  test('declares what a header has, and the declarations work', async () => {
    const hints: Hints = {
      divide: { quotient: { out: true }, remainder: { out: true } },
      probe_close: { handle: { released: true } },
      length_or_zero: { text: { nullable: true } },
      slow_sum: { values: { length: 'n' } },
      probe_open_into: { handle: { out: true } },
      visit_doubles: { values: { length: 'n' }, visit: { callback: { value: 'copy' } } },
      fill: { buffer: { length: 'capacity' } },
    };
    const { text, module } = await generatedModule('Probe', probeHeader, {
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
    const again = generateBindings(probeHeader, { name: 'Probe', hints, offThread: ['slow_sum'] });
    expect(again.text).toBe(text);
    await (module['checkProbeLayouts'] as (options: object) => Promise<void>)({
      headers: [probeHeader],
    });
  });

  test.skipIf(!existsSync(sqlite))('reads sqlite3.h (skipped without libsqlite3-dev)', async () => {
    const { text, module } = await generatedModule('Sqlite', sqlite, {
      functions:
        /^sqlite3_(open|close|libversion|errmsg|prepare_v2|step|finalize|column_int|mprintf)$/,
      hints: {
        sqlite3_prepare_v2: {
          zSql: { text: true },
          ppStmt: { out: true },
          pzTail: { byref: true, nullable: true },
        },
      },
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
    expect(generateBindings(sqlite).text.split('fn(').length).toBeGreaterThan(150);
  });

  test.skipIf(!existsSync(zlib))('reads zlib.h (skipped without zlib1g-dev)', async () => {
    const { module } = await generatedModule('Zlib', zlib, {
      hints: {
        compress: {
          dest: { length: 'destLen' },
          destLen: { byref: true },
          source: { length: 'sourceLen' },
        },
        crc32: { buf: { length: 'len' } },
      },
      functions: /^(compress|compressBound|crc32|zlibVersion|inflateInit_)$/,
    });
    const z = (module['openZlib'] as Open)('libz.so.1');
    expect(z['zlibVersion']?.()).toMatch(/^1\./);
    const source = new TextEncoder().encode('abc');
    expect(z['crc32']?.(0, source, 3)).toBe(0x352441c2n);
    const length = { value: 100n };
    expect(z['compress']?.(new Uint8Array(100), length, source, 3)).toBe(0);
    expect(length.value).toBe(11n);
    expect(generateBindings(zlib).text).toContain('export interface z_stream {');
  });

  test.skipIf(!existsSync(math))('reads math.h', async () => {
    const { text, module } = await generatedModule('Math', math, {
      functions: /^[a-z]\w*$/,
      hints: { frexp: { __exponent: { byref: true } } },
    });
    expect(text).toContain(
      "// sinl() is left out: parameter '__x' is 'long double', which has no counterpart.",
    );
    const m = (module['openMath'] as Open)('libm.so.6', { unsupported: 'defer' });
    expect(m['sin']?.(1)).toBe(Math.sin(1));
    expect(m['powf']?.(2, 0.5)).toBe(Math.fround(Math.SQRT2));
    const exponent = { value: 0 };
    expect(m['frexp']?.(40, exponent)).toBe(0.625);
    expect(exponent.value).toBe(6);
  });

  test('what cannot be expressed is a comment that says why, and the rest is declared', async () => {
    const { text } = await generatedModule('Odd', oddHeader, {});
    const left = text
      .split('\n')
      .filter((line) => line.startsWith('//') && line.includes('left out'));
    expect(left).toEqual([
      "// longest() is left out: parameter 'value' is 'long double', which has no counterpart.",
      '// sum_of() is left out: it takes a variable number of arguments: declare its forms with `...` in the hints.',
      "// by_value() is left out: parameter 'value' is 'struct later' by value: its fields are not declared.",
      "// each_long() is left out: the callback 'visit' takes 'long double', which has no counterpart.",
    ]);
    expect(text).toContain('holder_kind: fn([constRef(holder)], i32)');
    expect(text).toContain("choose: fn([i32], opaque('operation'))");
    expect(text).toContain('apply: fn([callback([i32, i32], i32), i32, i32], i32)');
    expect(text).toContain('fine: fn([i32], i32)');
  });

  const wholeHeader = (header: string): string => {
    const options = header === math ? { functions: /^[a-z]\w*$/ } : {};
    const { text } = generateBindings(header, options);
    expect(text).toBe(generateBindings(header, options).text);
    for (const line of text.split('\n')) {
      if (line.startsWith('// '))
        expect(line).toMatch(/^\/\/ (Generated by|Macros that|.+ is left out: .{12})/);
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
      const file = buildFile(`whole-${basename(header, '.h')}.ts`, wholeHeader(header));
      expect(typeErrors([file])).toBe('');
    });
  }

  test('hints and names that fit nothing in the header are refused', () => {
    expect(fromProbe({ hints: { no_such: {} } })).toThrow('the header declares no such function');
    expect(fromProbe({ hints: { divide: { quotent: { out: true } } } })).toThrow(
      "no parameter 'quotent', only 'a', 'b', 'quotient', 'remainder'",
    );
    expect(fromProbe({ offThread: ['no_such'] })).toThrow(TypeError);
  });

  test('a missing header and a missing compiler are errors with a code', () => {
    expect(() => generateBindings('/no/such/header.h')).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_HEADER_INVALID' }),
    );
    expect(() => generateBindings(probeHeader, { compiler: 'no-such-cc -m64' })).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_COMPILER_NOT_FOUND' }),
    );
  });
});
