import { expect, test } from 'vitest';

import {
  bool,
  byref,
  charArray,
  constRef,
  f32,
  f64,
  fixedArray,
  fn,
  i32,
  i64,
  i8,
  library,
  nothing,
  opaque,
  out,
  ref,
  struct,
  u16,
  u8,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

const Inner = struct({ small: i8, wide: i32 }, 'struct inner');
const Nested = struct(
  { head: u16, inner: Inner, values: fixedArray(f64, 3), name: charArray(8), flag: bool },
  'struct nested',
);
const Pair = struct({ x: f64, y: f64 }, 'struct pair');
const Mixed = struct({ a: u8, b: i32, c: f64 }, 'struct mixed');

describeEachBackend((backend, path) => {
  const open = { backend } as const;

  test('structs pass by value', () => {
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

  test('structs and arrays in structs pass by value', () => {
    const Small = struct({ inner: Inner, ratios: fixedArray(f32, 2), tail: u8 }, 'struct small');
    const c = library(path, { small_sum: fn([Small, i32], f64) }, open);
    const small = { inner: { small: -3, wide: 70_000 }, ratios: [0.5, 0.25], tail: 255 };
    expect(c.small_sum(small, 4)).toBe(-3 + 70_000 + 0.75 + 255 + 4);
    expect(() => c.small_sum({ ...small, ratios: [1] }, 4)).toThrow(RangeError);
  });

  test('arrays of arrays of structs lie in a struct as in C', () => {
    const Board = struct({ cells: fixedArray(fixedArray(Inner, 3), 2), tail: i8 }, 'struct board');
    const declared = {
      board_sum: fn([constRef(Board)], i32),
      board_bump: fn([byref(Board)], nothing),
    };
    const c = library(path, declared, open);
    const board = {
      cells: [1, 10].map((row) => [1, 2, 3].map((small) => ({ small, wide: row * 100 + small }))),
      tail: -5,
    };
    const expected = board.cells.flat().reduce((sum, { small, wide }) => sum + small * wide, -5);
    expect(c.board_sum(board)).toBe(expected);
    c.board_bump(board);
    expect([board.cells[1]?.[2], board.tail]).toEqual([{ small: 3, wide: 1004 }, -6]);
  });

  test('what C only fills in is part of the result', () => {
    const Time = struct(
      {
        sec: i32,
        min: i32,
        hour: i32,
        mday: i32,
        mon: i32,
        year: i32,
        wday: i32,
        yday: i32,
        isdst: i32,
        gmtoff: i64,
        zone: opaque('char'),
      },
      'struct tm',
    );
    const c = library(null, { gmtime_r: fn([constRef(i64), out(Time)], opaque('tm')) }, open);
    const [, time] = c.gmtime_r(86_400n * 365n);
    expect(time).toMatchObject({ mday: 1, mon: 0, year: 71, yday: 0 });
  });
});
