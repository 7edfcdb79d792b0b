import { expect, test } from 'vitest';

import {
  bytes,
  charBuffer,
  cString,
  fn,
  i32,
  i32Array,
  library,
  named,
  nullable,
  stringBuffer,
  u32,
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
});
