import { expect, test } from 'vitest';

import {
  byref,
  cString,
  f64,
  fn,
  functionPointer,
  i32,
  i32Array,
  library,
  named,
  nothing,
  nullable,
  out,
  ref,
  struct,
  usize,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

const Pair = struct({ x: f64, y: f64 }, 'struct pair');

describeEachBackend((backend, path) => {
  const open = { backend } as const;

  test('texts of any length arrive, one after the other', () => {
    const c = library(path, { length_or_zero: fn([nullable(cString)], usize) }, open);
    for (const length of [0, 1, 63, 64, 65, 169, 170, 171, 511, 512, 513, 5000, 100_000, 3]) {
      for (const letter of ['x', '\u{fc}', '\u{20ac}', '\u{1f600}']) {
        const text = letter.repeat(length);
        expect(c.length_or_zero(text)).toBe(BigInt(Buffer.byteLength(text)));
      }
    }
    expect(c.length_or_zero(null)).toBe(0n);
    for (const wrong of ['a\0', '\0', 'x'.repeat(100) + '\0', '\ud800', 'x'.repeat(600) + '\0']) {
      expect(() => c.length_or_zero(wrong)).toThrow();
    }
    expect(() => c.length_or_zero('\x80'.repeat(2))).not.toThrow();
  });

  test('a getter that calls the same function does not disturb the call', () => {
    const c = library(
      path,
      { pair_sum: fn([Pair], f64), increment: fn([byref(i32)], nothing) },
      open,
    );
    const outer = {
      x: 1,
      get y() {
        expect(c.pair_sum({ x: 100, y: 200 })).toBe(300);
        return 2;
      },
    };
    expect(c.pair_sum(outer)).toBe(3);
    const inner = ref(5);
    let value = 10;
    const box = {
      get value() {
        c.increment(inner);
        return value;
      },
      set value(now: number) {
        c.increment(inner);
        value = now;
      },
    };
    c.increment(box);
    expect([value, inner.value]).toEqual([11, 7]);
  });

  test('a call that fails leaves nothing for the next one', () => {
    const c = library(
      path,
      { divide: fn([i32, i32, out(i32), out(i32)], i32), pair_sum: fn([Pair], f64) },
      open,
    );
    expect(c.divide(17, 5)).toEqual([0, 3, 2]);
    // C leaves them as they are.
    expect(c.divide(1, 0)).toEqual([-1, 0, 0]);
    expect(() => c.pair_sum({ x: 1, y: '2' as never })).toThrow(TypeError);
    expect(() => c.divide(1, 1.5)).toThrow(TypeError);
    expect(c.pair_sum({ x: 1, y: 2 })).toBe(3);
    expect(c.divide(17, 5)).toEqual([0, 3, 2]);
  });

  test('a length may lie behind a pointer', () => {
    const declared = {
      increment: fn([i32Array('n'), named('n', byref(i32))], nothing),
      perhaps: fn([i32Array('n'), named('n', nullable(byref(i32)))], nothing, {
        symbol: 'increment',
      }),
    };
    const c = library(path, declared, open);
    const values = Int32Array.of(1, 2, 3);
    c.increment(values, ref(3));
    c.perhaps(values, ref(2));
    c.perhaps(values, null);
    expect([...values]).toEqual([4, 2, 3]);
    expect(() => c.increment(values, ref(4))).toThrow(RangeError);
    expect(() => c.perhaps(values, ref(4))).toThrow(RangeError);
    expect(() => c.increment(values, ref(-1))).toThrow(RangeError);
  });

  test.skipIf(backend === 'ffi-rs')('a kept callback may call the function that calls it', () => {
    const Visit = functionPointer(fn([i32], i32));
    const declared = {
      keep: fn([nullable(Visit)], nothing),
      call_kept: fn([i32], i32),
      call_kept_over: fn([i32Array('n'), usize], i32),
    };
    const c = library(hasCompiler ? fixturePath('kinds') : '', declared, open);
    using nested = Visit.keep((value) =>
      value > 0 ? c.call_kept_over(Int32Array.of(value - 1), 1) + 1 : 0,
    );
    c.keep(nested);
    const values = Int32Array.of(4, 2);
    expect([c.call_kept_over(values, 2), ...values]).toEqual([6, 4, 2]);
    c.keep(null);
  });
});
