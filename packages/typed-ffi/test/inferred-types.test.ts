import { describe, expectTypeOf, test } from 'vitest';

import {
  bool,
  byref,
  callback,
  constRef,
  cString,
  f64,
  f64Array,
  fixedArray,
  fn,
  i32,
  nothing,
  nullable,
  opaque,
  out,
  struct,
  u64,
  type CallOf,
  type Pointer,
  type Ref,
} from '../src/index.ts';

const Complex = struct({ x: f64, y: f64 });
const Db = opaque('sqlite3');

const sum = fn([f64Array('n'), i32], f64);
const add = fn([Complex, Complex], Complex);
const swap = fn([byref(Complex), byref(Complex)], nothing);
const open = fn([cString, out(Db)], i32);
const version = fn([], cString);
const read = fn([byref(u64), nullable(Db)], nothing);
const twice = fn([i32, out(i32), out(bool)], nothing);
const later = fn([i32], i32, { offThread: true });
const failing = fn([i32], i32, { errno: true });
const set = fn([byref(fixedArray(f64, 3)), byref(Db)], nothing);
const each = fn([callback([constRef(f64), cString], i32)], i32);

declare const c: {
  sum: CallOf<typeof sum>;
  add: CallOf<typeof add>;
  swap: CallOf<typeof swap>;
  each: CallOf<typeof each>;
  later: CallOf<typeof later>;
  set: CallOf<typeof set>;
};

/** Never called: each line must be an error of the compiler, or the next one is one. */
export const wrongUse = (): void => {
  // @ts-expect-error an array of numbers is no Float64Array
  c.sum([1, 2, 3], 3);
  // @ts-expect-error a length is a number
  c.sum(new Float64Array(3), 3n);
  // @ts-expect-error an argument is missing
  c.sum(new Float64Array(3));
  // @ts-expect-error an argument too many
  c.sum(new Float64Array(3), 3, 4);
  // @ts-expect-error a field is missing
  c.add({ x: 1 }, { x: 1, y: 2 });
  // @ts-expect-error a field has the wrong type
  c.add({ x: 1, y: '2' }, { x: 1, y: 2 });
  // @ts-expect-error a callback returns a number
  c.each(() => 'text');
  // @ts-expect-error the result is a promise
  const value: number = c.later(1);
  void value;
  // @ts-expect-error void is no parameter
  fn([nothing], i32);
  // @ts-expect-error an array of the caller cannot be a field
  struct({ values: f64Array(3) });
  // @ts-expect-error an array is updated in a box
  c.set([1, 2, 3]);
};

describe('Types are inferred from the declaration', () => {
  test('arguments and results', () => {
    expectTypeOf<CallOf<typeof sum>>().toEqualTypeOf<(a: Float64Array, b: number) => number>();
    expectTypeOf<ReturnType<CallOf<typeof add>>>().toEqualTypeOf<{ x: number; y: number }>();
    expectTypeOf<ReturnType<CallOf<typeof swap>>>().toEqualTypeOf<void>();
    expectTypeOf<ReturnType<CallOf<typeof version>>>().toEqualTypeOf<string | null>();
    expectTypeOf<Parameters<CallOf<typeof read>>>().toEqualTypeOf<
      [Ref<bigint>, Pointer<'sqlite3'> | null]
    >();
  });

  test('what is not a struct is changed in a box', () => {
    expectTypeOf<Parameters<CallOf<typeof set>>>().toEqualTypeOf<
      [Ref<number[]>, Ref<Pointer<'sqlite3'> | null>]
    >();
  });

  test('out-parameters, promises and errno', () => {
    expectTypeOf<CallOf<typeof open>>().toEqualTypeOf<
      (name: string) => [number, Pointer<'sqlite3'> | null]
    >();
    expectTypeOf<CallOf<typeof twice>>().toEqualTypeOf<(a: number) => [number, boolean]>();
    expectTypeOf<CallOf<typeof later>>().toEqualTypeOf<(a: number) => Promise<number>>();
    expectTypeOf<CallOf<typeof failing>>().toEqualTypeOf<
      (a: number) => { value: number; errno: number }
    >();
  });

  test('callbacks', () => {
    expectTypeOf<Parameters<CallOf<typeof each>>[0]>().toEqualTypeOf<
      (a: number, b: string | null) => number
    >();
  });
});
