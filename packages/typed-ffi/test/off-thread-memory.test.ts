import { describe, expect, test } from 'vitest';

import {
  bytes,
  charBuffer,
  constant,
  fn,
  f64Array,
  i32,
  i64,
  library,
  named,
  nothing,
  stringBuffer,
  u8Array,
  usize,
  f64,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

const off = { offThread: true } as const;
const declared = {
  scale: fn([f64Array('n'), named('n', usize), f64], nothing, off),
  overlap: fn([constant(u8Array('n')), u8Array('n'), named('n', usize)], i64, off),
  memset: fn([bytes('n'), i32, named('n', usize)], nothing, off),
  first: fn([constant(bytes('n')), i32, named('n', usize)], nothing, { ...off, symbol: 'memset' }),
  strcpy: fn([charBuffer(20), constant(u8Array())], nothing, off),
};

describeEachBackend((backend) => {
  const path = hasCompiler ? fixturePath('kinds') : '';

  describe.skipIf(backend === 'node:ffi')('memory of calls off the main thread', () => {
    const missing = ['memset', 'first', 'strcpy'];
    const open = () => library(path, declared, { backend, missing });

    test('what JavaScript changes meanwhile stays, where C changes nothing', async () => {
      const values = Float64Array.from({ length: 2000 }, (_, i) => i);
      // C gets the first thousand.
      const scaled = open().scale(values.subarray(0, 1000), 1000, 2);
      values[1500] = -1;
      await scaled;
      expect([values[1], values[999], values[1000], values[1500]]).toEqual([2, 1998, 1000, -1]);
      const again = open().scale(values, 0, 2);
      values.fill(7);
      await again;
      expect(values.every((value) => value === 7)).toBe(true);
    });

    test('what is declared as constant is not written back', async () => {
      const c = library(null, { first: declared.first, memset: declared.memset }, { backend });
      const values = new Uint8Array(100).fill(1);
      const written = c.first(values, 5, 100);
      values.fill(2);
      await written;
      expect(values.every((value) => value === 2)).toBe(true);
      await c.memset(values, 5, 50);
      expect([values[0], values[49], values[50]]).toEqual([5, 5, 2]);
    });

    test('views that overlap stay one memory', async () => {
      const memory = Uint8Array.from({ length: 12 }, (_, i) => i);
      // It returns how far apart C sees them.
      expect(await open().overlap(memory.subarray(1, 9), memory.subarray(3, 11), 8)).toBe(2n);
      expect([...memory]).toEqual([0, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 11]);
      const apart = new Uint8Array(4);
      await open().overlap(memory.subarray(0, 4), apart, 4);
      expect([...apart]).toEqual([0, 1, 2, 1]);
    });

    test('shared memory is used in place', async () => {
      const shared = new Float64Array(new SharedArrayBuffer(800)).fill(1);
      await open().scale(shared, 100, 3);
      expect(shared.every((value) => value === 3)).toBe(true);
      const bytesOfIt = new Uint8Array(shared.buffer, 0, 16);
      expect(await open().overlap(bytesOfIt.subarray(0, 8), bytesOfIt.subarray(4, 12), 8)).toBe(4n);
    });

    test('an array that is taken away meanwhile is an error, unless C only reads it', async () => {
      const values = new Float64Array(1000).fill(1);
      const scaled = open().scale(values, 1000, 2);
      structuredClone(values.buffer, { transfer: [values.buffer] });
      await expect(scaled).rejects.toThrow(/detached or resized/);
      const read = new Uint8Array(100);
      const target = new Uint8Array(100);
      const copied = open().overlap(read, target, 100);
      structuredClone(read.buffer, { transfer: [read.buffer] });
      await copied;
      const resizable = new Float64Array(new ArrayBuffer(800, { maxByteLength: 800 })).fill(1);
      const resized = open().scale(resizable, 100, 2);
      (resizable.buffer as ArrayBuffer).resize(8);
      await expect(resized).rejects.toThrow(/detached or resized/);
    });

    test('texts that C writes come back', async () => {
      const c = library(null, { strcpy: declared.strcpy }, { backend });
      const buffer = stringBuffer('before', 20);
      await c.strcpy(buffer, new TextEncoder().encode('after\0'));
      expect(buffer.value).toBe('after');
    });
  });

  test('only what is the caller’s own memory can be constant', () => {
    expect(() => constant(i32)).toThrow(TypeError);
  });
});
