import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  bool,
  char,
  f32,
  f64,
  fn,
  i16,
  i32,
  i64,
  i8,
  library,
  u16,
  u32,
  u64,
  u8,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

const range = (bits: number, signed: boolean) =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });

describeEachBackend((backend, path) => {
  const open = { backend } as const;

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

  test('a function may have a name of its own', () => {
    const c = library(path, { plus: fn([i32, i32], i32, { symbol: 'add_two' }) }, open);
    expect(c.plus(20, 22)).toBe(42);
  });
});
