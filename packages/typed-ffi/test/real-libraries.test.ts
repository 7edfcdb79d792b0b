import { randomBytes } from 'node:crypto';
import { crc32, inflateSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import {
  backendAvailability,
  BACKENDS,
  byref,
  bytes,
  callback,
  constRef,
  cString,
  f64,
  FfiError,
  fn,
  i32,
  library,
  named,
  nothing,
  nullable,
  opaque,
  out,
  ref,
  released,
  u32,
  u64,
  u8Array,
  usize,
  type LibraryPath,
} from '../src/index.ts';

const ZLIB: LibraryPath = ['libz.so.1', 'libz.so', 'libz.dylib'];
const SQLITE: LibraryPath = ['libsqlite3.so.0', 'libsqlite3.so', 'libsqlite3.dylib'];

/** Says why tests on a library are skipped, or nothing when it is there. */
function missing(path: LibraryPath): string {
  try {
    library(path, {});
    return '';
  } catch (error) {
    if (error instanceof FfiError) return ` (skipped: ${error.message})`;
    throw error;
  }
}

const noZlib = missing(ZLIB);
const noSqlite = missing(SQLITE);

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);

  describe.skipIf(!available)(available ? backend : `${backend} (skipped: ${reason})`, () => {
    const open = { backend } as const;

    test.skipIf(noZlib)(`zlib compresses, uncompresses and sums as node:zlib does${noZlib}`, () => {
      const z = library(
        ZLIB,
        {
          compressBound: fn([u64], u64),
          compress: fn(
            [
              u8Array('destLen'),
              named('destLen', byref(u64)),
              u8Array('sourceLen'),
              named('sourceLen', u64),
            ],
            i32,
          ),
          uncompress: fn(
            [
              u8Array('destLen'),
              named('destLen', byref(u64)),
              u8Array('sourceLen'),
              named('sourceLen', u64),
            ],
            i32,
          ),
          crc32: fn([u64, u8Array('len'), named('len', u32)], u64),
        },
        open,
      );
      const source = Buffer.concat([Buffer.alloc(10_000, 'script language '), randomBytes(500)]);
      const compressed = new Uint8Array(Number(z.compressBound(source.length)));
      const compressedLength = ref(BigInt(compressed.length));
      expect(z.compress(compressed, compressedLength, source, source.length)).toBe(0);
      const packed = compressed.subarray(0, Number(compressedLength.value));
      expect(packed.length).toBeLessThan(source.length / 5);
      expect(inflateSync(packed)).toEqual(source);

      const restored = new Uint8Array(source.length);
      const restoredLength = ref(BigInt(restored.length));
      expect(z.uncompress(restored, restoredLength, packed, packed.length)).toBe(0);
      expect(Buffer.from(restored)).toEqual(source);
      expect(z.crc32(0n, source, source.length)).toBe(BigInt(crc32(source)));

      expect(() => z.uncompress(restored, ref(1_000_000n), packed, packed.length)).toThrow(
        RangeError,
      );
    });

    test.skipIf(noSqlite)(`sqlite3 answers a query${noSqlite}`, () => {
      const Db = opaque('sqlite3');
      const Statement = opaque('sqlite3_stmt');
      const s = library(
        SQLITE,
        {
          sqlite3_open: fn([cString, out(Db)], i32),
          sqlite3_close: fn([released(Db)], i32),
          sqlite3_errmsg: fn([Db], cString),
          sqlite3_exec: fn(
            [
              Db,
              cString,
              nullable(opaque('callback')),
              nullable(opaque('void')),
              nullable(bytes()),
            ],
            i32,
          ),
          sqlite3_prepare_v2: fn([Db, cString, i32, out(Statement), nullable(bytes())], i32),
          sqlite3_bind_double: fn([Statement, i32, f64], i32),
          sqlite3_step: fn([Statement], i32),
          sqlite3_column_text: fn([Statement, i32], cString),
          sqlite3_column_double: fn([Statement, i32], f64),
          sqlite3_column_count: fn([Statement], i32),
          sqlite3_finalize: fn([released(Statement)], i32),
        },
        open,
      );
      const [opened, db] = s.sqlite3_open(':memory:');
      expect(opened).toBe(0);
      if (db === null) throw new Error('sqlite3_open gave no database');
      const script =
        'create table t (name text, size real);' +
        "insert into t values ('größe', 1.5), ('two', 2.5), ('three', 3.5);";
      expect(s.sqlite3_exec(db, script, null, null, null)).toBe(0);

      const [prepared, statement] = s.sqlite3_prepare_v2(
        db,
        'select name, size from t where size < ? order by size',
        -1,
        null,
      );
      expect(prepared).toBe(0);
      if (statement === null) throw new Error('sqlite3_prepare_v2 gave no statement');
      expect(s.sqlite3_bind_double(statement, 1, 3)).toBe(0);
      expect(s.sqlite3_column_count(statement)).toBe(2);
      const rows: [string | null, number][] = [];
      const ROW = 100;
      while (s.sqlite3_step(statement) === ROW) {
        rows.push([s.sqlite3_column_text(statement, 0), s.sqlite3_column_double(statement, 1)]);
      }
      expect(rows).toEqual([
        ['größe', 1.5],
        ['two', 2.5],
      ]);
      expect(s.sqlite3_finalize(statement)).toBe(0);

      const [failed, none] = s.sqlite3_prepare_v2(db, 'select nonsense', -1, null);
      expect([failed, none]).toEqual([1, null]);
      expect(s.sqlite3_errmsg(db)).toBe('no such column: nonsense');
      expect(s.sqlite3_close(db)).toBe(0);
      expect(() => s.sqlite3_close(db)).toThrow(FfiError);
    });

    test('libc: qsort calls a TypeScript comparator', async () => {
      const c = library(
        null,
        {
          qsort: fn(
            [
              bytes('count*size'),
              named('count', usize),
              named('size', usize),
              callback([constRef(f64), constRef(f64)], i32),
            ],
            nothing,
            backend === 'ffi-rs' ? { offThread: true } : {},
          ),
        },
        open,
      );
      const values = Float64Array.from({ length: 300 }, () => Math.random());
      const expected = values.toSorted();
      await c.qsort(values, values.length, 8, (a, b) => Math.sign(a - b));
      expect(values).toEqual(expected);
    });

    test('libc: getpid, strlen, abs and getenv', () => {
      const c = library(
        null,
        {
          getpid: fn([], i32),
          strlen: fn([cString], usize),
          abs: fn([i32], i32),
          getenv: fn([cString], cString),
        },
        open,
      );
      expect(c.getpid()).toBe(process.pid);
      expect(c.strlen('größe')).toBe(7n);
      expect(c.abs(-5)).toBe(5);
      expect(c.getenv('PATH')).toBe(process.env['PATH']);
      expect(c.getenv('NO_SUCH_VARIABLE')).toBeNull();
    });
  });
}
