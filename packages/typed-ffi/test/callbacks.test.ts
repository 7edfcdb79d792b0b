import { once } from 'node:events';

import { expect, test } from 'vitest';

import {
  bool,
  callback,
  constRef,
  cString,
  f64,
  f64Array,
  fn,
  i32,
  i64,
  i8,
  isolated,
  library,
  nothing,
  nullable,
  opaque,
  u16,
  u64,
  usize,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

/** A function that is called back from a thread of C's own. */
const fromThread = (offThread: boolean) => ({
  call_from_thread: fn([callback([i32], i32, { anyThread: true }), i32], i32, { offThread }),
});

describeEachBackend((backend, path) => {
  const open = { backend } as const;
  /** ffi-rs calls back only from another thread. */
  const calls = backend === 'ffi-rs' ? ({ offThread: true } as const) : ({} as const);

  test('C calls back, and the answer comes back to C', async () => {
    const c = library(
      path,
      {
        visit_doubles: fn([f64Array('n'), usize, callback([constRef(f64), i32], f64)], f64, calls),
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
        visit_doubles: fn([f64Array('n'), usize, callback([constRef(f64), i32], f64)], f64, calls),
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
        visit_doubles: fn([f64Array('n'), usize, callback([constRef(f64), i32], f64)], f64, calls),
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

  test('a callback may call the library', async () => {
    const declared = {
      add_two: fn([i32, i32], i32),
      visit_doubles: fn([f64Array('n'), usize, callback([constRef(f64), i32], f64)], f64, calls),
    };
    const c = library(path, declared, open);
    const values = Float64Array.of(1, 2, 3);
    const added = await c.visit_doubles(values, 3, (value, index) => c.add_two(value, index));
    expect(added).toBe(9);
    if (backend === 'ffi-rs') return;
    const nested = await c.visit_doubles(
      values,
      3,
      (value) => value * (c.visit_doubles(values, 3, (inner) => inner) as number),
    );
    expect(nested).toBe(36);
  });

  test('a callback that C has kept gives 0 after the call, and a warning tells of it', async () => {
    const declared = {
      keep_visitor: fn([callback([i32], i32)], nothing, calls),
      call_kept: fn([i32], i32),
    };
    const c = library(path, declared, open);
    const seen: number[] = [];
    await c.keep_visitor((value) => seen.push(value));
    const warned = once(process, 'warning');
    expect(c.call_kept(5)).toBe(0);
    const [warning] = await warned;
    expect(warning).toMatchObject({ name: 'FfiError', code: 'ERR_FFI_CALLBACK_EXPIRED' });
    expect(seen).toEqual([1]);
    await c.keep_visitor((value) => seen.push(-value));
    expect(seen).toEqual([1, -1]);
    expect(c.call_kept(5)).toBe(0);
  });

  test.skipIf(!hasCompiler)(
    'a callback that returns a double gives 0 after the call, however late',
    async () => {
      const declared = {
        visit_later: fn([callback([f64], f64)], nothing, { ...calls, symbol: 'keep_real' }),
        call_later: fn([f64], f64, { symbol: 'call_real' }),
      };
      const c = library(fixturePath('kinds'), declared, open);
      const first: number[] = [];
      for (let turn = 0; turn < 3; turn++) {
        const taken = Promise.all(
          Array.from({ length: 5 }, () => c.visit_later((value) => first.push(value))),
        );
        await taken;
        // The function pointers of ffi-rs have gone by then.
        const gone = once(process, 'warning');
        await new Promise((resolve) => setTimeout(resolve, 60));
        expect(c.call_later(2)).toBe(0);
        expect((await gone)[0]).toMatchObject({ code: 'ERR_FFI_CALLBACK_EXPIRED' });
      }
      expect(first).toEqual(Array.from({ length: 15 }, () => 0.5));
    },
  );

  test('C calls back from a thread of its own where it is declared and can be done', async () => {
    const refused = expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' });
    expect(() => library(path, fromThread(false), open)).toThrow(refused);
    if (backend === 'node:ffi') {
      expect(() => library(path, fromThread(true), open)).toThrow(refused);
      return;
    }
    const c = library(path, fromThread(true), open);
    const answers = await Promise.all(
      [1, 2, 3].map((value) => c.call_from_thread((given) => given * 10, value)),
    );
    expect(answers).toEqual([10, 20, 30]);
  });

  test('a function pointer that C returns is opaque and goes back to C', () => {
    const Adder = opaque('adder');
    const declared = { get_adder: fn([], Adder), apply_adder: fn([Adder, i32, i32], i32) };
    const c = library(path, declared, open);
    const adder = c.get_adder();
    if (adder === null) throw new Error('there must be a function');
    expect(c.apply_adder(adder, 20, 22)).toBe(42);
    expect(() => c.apply_adder((() => 1) as never, 20, 22)).toThrow(TypeError);
  });

  test('a nullable callback is null for C, also where the backend cannot call back', async () => {
    const visit = nullable(callback([i32], i32));
    const kept = library(path, { visit_or: fn([visit, i32], i32) }, { backend });
    expect(kept.visit_or(null, 7)).toBe(7);
    if (backend === 'ffi-rs') {
      expect(() => kept.visit_or((value) => value, 7)).toThrow('ffi-rs');
    } else {
      expect(kept.visit_or((value) => value * 2, 7)).toBe(14);
    }
    // @ts-expect-error undefined is no null
    expect(() => kept.visit_or(undefined, 7)).toThrow(TypeError);
    const apart = isolated(kept);
    expect(await apart.functions.visit_or(null, 8)).toBe(8);
    await apart.close();
  });
});
