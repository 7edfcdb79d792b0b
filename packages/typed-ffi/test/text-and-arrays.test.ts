import { expect, test } from 'vitest';

import {
  array,
  bytes,
  charBuffer,
  cString,
  f64,
  fn,
  i32,
  i32Array,
  library,
  matrix,
  named,
  nothing,
  nullable,
  packRows,
  stringBuffer,
  u32,
  unpackRows,
  usize,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

describeEachBackend((backend, path) => {
  const open = { backend } as const;

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
    const c = library(path, { slow_sum: fn([i32Array('n'), usize, named('ms', u32)], i32) }, open);
    const whole = Int32Array.of(1, 2, 3, 4);
    expect(c.slow_sum(whole.subarray(1, 3), 2, 0)).toBe(5);
    const shared = new Int32Array(new SharedArrayBuffer(8));
    shared.set([20, 22]);
    expect(c.slow_sum(shared, 2, 0)).toBe(42);
    expect(c.slow_sum(new Int32Array(), 0, 0)).toBe(0);
  });

  test('bytes takes any view', () => {
    const c = library(null, { memset: fn([bytes('n'), i32, named('n', usize)], usize) }, open);
    const view = new DataView(new ArrayBuffer(4), 1, 2);
    c.memset(view, 7, 2);
    expect(new Uint8Array(view.buffer)).toEqual(Uint8Array.of(0, 7, 7, 0));
    expect(() => c.memset(view, 7, 3)).toThrow(RangeError);
  });

  test.each([
    ['i8', Int8Array.of(-128, 127)],
    ['u8', Uint8Array.of(0, 255)],
    ['i16', Int16Array.of(-32768, 32767)],
    ['u16', Uint16Array.of(0, 65535)],
    ['i32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ['u32', Uint32Array.of(0, 2 ** 32 - 1)],
    ['i64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    ['u64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ['f32', Float32Array.of(Math.fround(0.1), Number.NEGATIVE_INFINITY)],
    ['f64', Float64Array.of(0.1, -0)],
  ] as const)('C reads and fills arrays of %s', (element, source) => {
    const memcpy = fn([array(element, 2), array(element, 2), usize], nothing);
    const c = library(null, { memcpy }, open) as unknown as {
      memcpy(to: ArrayBufferView, from: ArrayBufferView, bytes: number): void;
    };
    const target = new (source.constructor as new (length: number) => typeof source)(2);
    c.memcpy(target, source, source.byteLength);
    expect(target).toEqual(source);
    expect(() => c.memcpy(target.subarray(1), source, 0)).toThrow(RangeError);
  });

  test('a matrix has rows at a stride, and no more of them than it holds', () => {
    const grid = matrix('f64', { rows: 'rows', columns: 'columns', stride: 4 });
    const declared = {
      grid_sum: fn([grid, named('rows', i32), named('columns', i32)], f64),
    };
    const c = library(path, declared, open);
    const rows = [
      [1, 2, 3],
      [10, 20, 30],
    ];
    const packed = packRows(rows, 4);
    expect(c.grid_sum(packed, 2, 3)).toBe(66);
    expect(c.grid_sum(packed.subarray(0, 7), 2, 3)).toBe(66);
    expect(c.grid_sum(packed, 2, 2)).toBe(33);
    expect(unpackRows(packed, 2, 3, 4)).toEqual(rows);
    expect(() => c.grid_sum(packed.subarray(0, 6), 2, 3)).toThrow(RangeError);
    expect(() => c.grid_sum(packed, 3, 3)).toThrow(RangeError);
    expect(() => c.grid_sum(packed, 1, 5)).toThrow(RangeError);
  });
});
