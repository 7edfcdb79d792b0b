import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  backendAvailability,
  BACKENDS,
  bool,
  byref,
  bytes,
  callback,
  char,
  charArray,
  charBuffer,
  constRef,
  cString,
  f32,
  f64,
  f64Array,
  FfiError,
  fixedArray,
  fn,
  i16,
  i32,
  i32Array,
  i64,
  i8,
  library,
  named,
  nothing,
  nullable,
  opaque,
  out,
  Pointer,
  ref,
  released,
  stringBuffer,
  struct,
  u16,
  u32,
  u64,
  u8,
  usize,
} from '../src/index.ts';
import { hasCompiler, probePath } from './fixtures/probe-library.ts';

const Inner = struct({ small: i8, wide: i32 }, 'struct inner');
const Nested = struct(
  { head: u16, inner: Inner, values: fixedArray(f64, 3), name: charArray(8), flag: bool },
  'struct nested',
);
const Pair = struct({ x: f64, y: f64 }, 'struct pair');
const Mixed = struct({ a: u8, b: i32, c: f64 }, 'struct mixed');
const Handle = opaque('probe_handle');

const range = (bits: number, signed: boolean) =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });

const failure = (code: string) => expect.objectContaining({ name: 'FfiError', code });

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);
  const title = available ? backend : `${backend} (skipped: ${reason})`;

  describe.skipIf(!available || !hasCompiler)(title, () => {
    const path = hasCompiler ? probePath() : '';
    const open = { backend } as const;
    /** ffi-rs calls back only from another thread. */
    const calls = backend === 'ffi-rs' ? ({ offThread: true } as const) : ({} as const);

    test('every integer type crosses unchanged over its whole range', () => {
      const c = library(
        path,
        {
          flip_i8: fn([i8], i8),
          flip_u8: fn([u8], u8),
          flip_i16: fn([i16], i16),
          flip_u16: fn([u16], u16),
          flip_i32: fn([i32], i32),
          flip_u32: fn([u32], u32),
          flip_i64: fn([i64], i64),
          flip_u64: fn([u64], u64),
        },
        open,
      );
      fc.assert(fc.property(range(8, true), (v) => c.flip_i8(v) === -v - 1));
      fc.assert(fc.property(range(8, false), (v) => c.flip_u8(v) === 255 - v));
      fc.assert(fc.property(range(16, true), (v) => c.flip_i16(v) === -v - 1));
      fc.assert(fc.property(range(16, false), (v) => c.flip_u16(v) === 65535 - v));
      fc.assert(fc.property(range(32, true), (v) => c.flip_i32(v) === -v - 1));
      fc.assert(fc.property(range(32, false), (v) => c.flip_u32(v) === 4294967295 - v));
      fc.assert(
        fc.property(
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          (v) => c.flip_i64(v) === -v - 1n,
        ),
      );
      fc.assert(
        fc.property(
          fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          (v) => c.flip_u64(v) === 2n ** 64n - 1n - v,
        ),
      );
      expect(c.flip_u64(5)).toBe(2n ** 64n - 6n);
    });

    test('floating point, bool and char cross unchanged', () => {
      const c = library(
        path,
        {
          same_f32: fn([f32], f32),
          same_f64: fn([f64], f64),
          negate: fn([bool], bool),
          next_char: fn([char], char),
        },
        open,
      );
      fc.assert(fc.property(fc.double(), (v) => Object.is(c.same_f64(v), v)));
      fc.assert(fc.property(fc.float(), (v) => Object.is(c.same_f32(v), v)));
      expect(c.same_f64(Number.NaN)).toBeNaN();
      expect([c.negate(true), c.negate(false)]).toEqual([false, true]);
      expect(c.next_char('a')).toBe('b');
    });

    test('arguments of many kinds arrive in their places', () => {
      const c = library(
        path,
        { mixed_six: fn([i8, f32, i64, f64, u16, f64], f64), add_two: fn([i32, i32], i32) },
        open,
      );
      expect(c.mixed_six(-1, 0.5, 7n, 2.5, 65535, 0.25)).toBe(-1 + 1 + 21 + 10 + 327675 + 1.5);
      expect(c.add_two(2, 3)).toBe(5);
    });

    test.skipIf(backend === 'node:ffi')('structs pass by value', () => {
      const c = library(
        path,
        {
          pair_of: fn([f64, f64], Pair),
          pair_sum: fn([Pair], f64),
          mixed_bump: fn([Mixed], Mixed),
        },
        open,
      );
      expect(c.pair_of(1.5, -2)).toEqual({ x: 1.5, y: -2 });
      expect(c.pair_sum({ x: 1, y: 2 })).toBe(3);
      expect(c.mixed_bump({ a: 255, b: -5, c: 1.5 })).toEqual({ a: 0, b: -6, c: 3 });
    });

    test('nested structs pass by reference, and C changes the object', () => {
      const c = library(
        path,
        { nested_check: fn([constRef(Nested)], i32), nested_bump: fn([byref(Nested)], nothing) },
        open,
      );
      const value = {
        head: 65535,
        inner: { small: -3, wide: -70000 },
        values: [1.5, 0, -2.5],
        name: 'abc',
        flag: true,
      };
      expect(c.nested_check(value)).toBe(1);
      c.nested_bump(value);
      expect(value).toEqual({
        head: 1,
        inner: { small: -2, wide: -70000 },
        values: [1.5, 9, -2.5],
        name: 'changed',
        flag: false,
      });
    });

    test('out-parameters are appended to the result, boxes are updated', () => {
      const c = library(
        path,
        { divide: fn([i32, i32, out(i32), out(i32)], i32), increment: fn([byref(i32)], nothing) },
        open,
      );
      expect(c.divide(17, 5)).toEqual([0, 3, 2]);
      const box = ref(41);
      c.increment(box);
      expect(box.value).toBe(42);
    });

    test('text goes in, comes back as a copy, and NULL is null', () => {
      const c = library(
        path,
        {
          greeting: fn([i32], cString),
          length_or_zero: fn([nullable(cString)], usize),
          fill: fn([charBuffer('capacity'), named('capacity', usize), cString], usize),
        },
        open,
      );
      expect([c.greeting(0), c.greeting(1), c.greeting(2)]).toEqual([null, 'hello', 'grüß']);
      expect(c.length_or_zero('grüß')).toBe(6n);
      expect(c.length_or_zero(null)).toBe(0n);
      const buffer = stringBuffer(4);
      expect(c.fill(buffer, 4, 'abcdef')).toBe(3n);
      expect(buffer.value).toBe('abc');
      expect(() => c.fill(buffer, 5, 'abcdef')).toThrow(RangeError);
    });

    test('arrays are seen by C where they lie, also in shared memory and at an offset', () => {
      const c = library(
        path,
        { slow_sum: fn([i32Array('n'), usize, named('ms', u32)], i32) },
        open,
      );
      const whole = Int32Array.of(1, 2, 3, 4);
      expect(c.slow_sum(whole.subarray(1, 3), 2, 0)).toBe(5);
      const shared = new Int32Array(new SharedArrayBuffer(8));
      shared.set([20, 22]);
      expect(c.slow_sum(shared, 2, 0)).toBe(42);
      expect(c.slow_sum(new Int32Array(), 0, 0)).toBe(0);
    });

    test('opaque pointers come from C only, keep their type, and end when released', () => {
      const c = library(
        path,
        {
          probe_open: fn([i32], Handle),
          probe_open_into: fn([i32, out(Handle)], i32),
          probe_value: fn([Handle], i32),
          probe_close: fn([released(Handle)], nothing),
        },
        open,
      );
      expect(c.probe_open(-1)).toBeNull();
      const handle = c.probe_open(7);
      expect(handle).toBeInstanceOf(Pointer);
      if (handle === null) throw new Error('there must be a handle');
      expect(c.probe_value(handle)).toBe(7);
      c.probe_close(handle);
      expect(() => c.probe_value(handle)).toThrow(
        expect.objectContaining({ code: 'ERR_FFI_POINTER_RELEASED' }),
      );
      const [code, second] = c.probe_open_into(9);
      expect(code).toBe(0);
      if (second === null) throw new Error('there must be a handle');
      expect(c.probe_value(second)).toBe(9);
      c.probe_close(second);
      expect(() => c.probe_close(second)).toThrow(FfiError);
    });

    test('C calls back, and the answer comes back to C', async () => {
      const c = library(
        path,
        {
          visit_doubles: fn(
            [f64Array('n'), usize, callback([constRef(f64), i32], f64)],
            f64,
            calls,
          ),
          visit_kinds: fn([callback([i8, u16, i64, u64, f64, cString, bool], i64)], i64, calls),
          visit_void: fn([i32, callback([i32], nothing)], nothing, calls),
        },
        open,
      );
      expect(
        await c.visit_doubles(Float64Array.of(1.5, 2, 4), 3, (value, index) => value * index),
      ).toBe(10);
      const seen: unknown[] = [];
      const answer = await c.visit_kinds((...args) => {
        seen.push(...args);
        return -(2n ** 62n);
      });
      expect(answer).toBe(-(2n ** 62n));
      expect(seen).toEqual([-5, 65535, -(2n ** 63n), 2n ** 64n - 1n, 0.25, 'text', true]);
      if (backend !== 'ffi-rs') {
        const indexes: number[] = [];
        await c.visit_void(3, (index) => {
          indexes.push(index);
        });
        expect(indexes).toEqual([0, 1, 2]);
      }
    });

    test('an error in a callback is thrown when C has returned, and C got 0', async () => {
      const c = library(
        path,
        {
          visit_doubles: fn(
            [f64Array('n'), usize, callback([constRef(f64), i32], f64)],
            f64,
            calls,
          ),
        },
        open,
      );
      const values = Float64Array.of(1, 2, 3);
      let count = 0;
      const failing = async (): Promise<number> =>
        c.visit_doubles(values, 3, () => {
          count++;
          throw new Error('out of paper');
        });
      await expect(failing()).rejects.toThrow('out of paper');
      expect(count).toBe(1);
      const wrong = async (): Promise<number> =>
        c.visit_doubles(values, 3, (() => 'text') as unknown as () => number);
      await expect(wrong()).rejects.toThrow(TypeError);
    });

    test('a buffer that a callback detaches stays alive for C', async () => {
      const c = library(
        path,
        {
          visit_doubles: fn(
            [f64Array('n'), usize, callback([constRef(f64), i32], f64)],
            f64,
            calls,
          ),
        },
        open,
      );
      const values = Float64Array.from({ length: 1000 }, () => 1);
      const call = async (): Promise<number> =>
        c.visit_doubles(values, 1000, (value) => {
          if (values.buffer.byteLength > 0)
            structuredClone(values.buffer, { transfer: [values.buffer] });
          return value;
        });
      await expect(call()).rejects.toThrow(TypeError);
    });

    test.skipIf(backend === 'node:ffi')('errno is reported with the result', () => {
      const c = library(path, { fail_with: fn([i32], i32, { errno: true }) }, open);
      expect(c.fail_with(17)).toEqual({ value: -1, errno: 17 });
    });

    test.skipIf(backend === 'node:ffi')(
      'a function off the main thread leaves the event loop free and may overlap',
      async () => {
        const c = library(
          path,
          { slow_sum: fn([i32Array('n'), usize, named('ms', u32)], i32, { offThread: true }) },
          open,
        );
        const order: string[] = [];
        const values = Int32Array.of(1, 2, 3);
        const slow = c.slow_sum(values, 3, 50).then((sum) => {
          order.push('c');
          return sum;
        });
        values.fill(100);
        setImmediate(() => order.push('loop'));
        expect(await Promise.all([slow, c.slow_sum(Int32Array.of(5), 1, 0)])).toEqual([6, 5]);
        expect(order).toEqual(['loop', 'c']);
      },
    );

    test('what the backend cannot do is a typed error at the declaration', () => {
      const attempts = {
        'node:ffi': [
          () => library(path, { pair_sum: fn([Pair], f64) }, open),
          () => library(path, { fail_with: fn([i32], i32, { errno: true }) }, open),
          () => library(path, { add_two: fn([i32, i32], i32, { offThread: true }) }, open),
        ],
        'ffi-rs': [
          () => library(path, { visit_void: fn([i32, callback([i32], nothing)], nothing) }, open),
          () => library(path, { pair_of: fn([struct({ a: fixedArray(f64, 9) })], f64) }, open),
          () => library(path, { pair_of: fn([f64], struct({ a: fixedArray(f64, 3) })) }, open),
          () => library(path, { pair_of: fn([struct({ a: i64 })], f64) }, open),
        ],
        koffi: [
          () =>
            library(path, { fail_with: fn([i32], i32, { errno: true, offThread: true }) }, open),
        ],
      };
      for (const attempt of attempts[backend]) {
        expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' }));
      }
    });

    test('missing and wrong libraries and symbols are typed errors', () => {
      const declared = { add_two: fn([i32, i32], i32) };
      expect(() => library('/no/such/library.so', declared, open)).toThrow(
        failure('ERR_FFI_LIBRARY_NOT_FOUND'),
      );
      expect(() => library(['libno1.so', 'libno2.so'], declared, open)).toThrow(
        failure('ERR_FFI_LIBRARY_NOT_FOUND'),
      );
      expect(() => library(import.meta.filename, declared, open)).toThrow(
        failure('ERR_FFI_LIBRARY_INVALID'),
      );
      expect(() => library(path, { no_such: fn([], i32) }, open)).toThrow(
        failure('ERR_FFI_SYMBOL_NOT_FOUND'),
      );
      expect(library(['libno1.so', path], declared, open).add_two(1, 2)).toBe(3);
    });

    test('a function may have a name of its own', () => {
      const c = library(path, { plus: fn([i32, i32], i32, { symbol: 'add_two' }) }, open);
      expect(c.plus(20, 22)).toBe(42);
    });

    test('bytes takes any view', () => {
      const c = library(null, { memset: fn([bytes('n'), i32, named('n', usize)], usize) }, open);
      const view = new DataView(new ArrayBuffer(4), 1, 2);
      c.memset(view, 7, 2);
      expect(new Uint8Array(view.buffer)).toEqual(Uint8Array.of(0, 7, 7, 0));
      expect(() => c.memset(view, 7, 3)).toThrow(RangeError);
    });
  });
}
