import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, describe, expect, test } from 'vitest';

import {
  byref,
  bytes,
  callback,
  constRef,
  cString,
  f64,
  fn,
  i32,
  i32Array,
  isolated,
  library,
  named,
  nothing,
  opaque,
  out,
  stringArray,
  struct,
  u32,
  usize,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler, probePath } from './fixtures/probe-library.ts';

const Pair = struct({ x: f64, y: f64 });
const Handle = opaque('probe_handle');

describeEachBackend((backend, path) => {
  const probe = () =>
    library(
      path,
      {
        add_two: fn([i32, i32], i32),
        divide: fn([i32, i32, out(i32), out(i32)], i32),
        increment: fn([byref(i32)], nothing),
        greeting: fn([i32], cString),
        slow_sum: fn([i32Array('n'), usize, named('ms', u32)], i32),
        probe_open: fn([i32], Handle),
        probe_value: fn([Handle], i32),
        crash_now: fn([], nothing),
        abort_now: fn([], nothing),
        exit_now: fn([i32], nothing),
        spin_forever: fn([], nothing),
      },
      { backend },
    );

  test.each([
    ['a segmentation fault', 'crash_now', [], 'SIGSEGV'],
    ['an abort', 'abort_now', [], 'SIGABRT'],
    ['an exit', 'exit_now', [3], 'code 3'],
    ['an exit that claims success', 'exit_now', [0], 'code 0'],
    ['an endless loop', 'spin_forever', [], '2000 ms'],
  ] as const)(
    '%s in C is a rejected promise, and the next call works',
    async (_, name, args, why) => {
      await using safe = isolated(probe(), name === 'spin_forever' ? { callTimeoutMs: 2000 } : {});
      const c = safe.functions;
      expect(await c.add_two(2, 3)).toBe(5);
      const first = safe.pid;
      const failing = (c[name] as (...values: readonly number[]) => Promise<void>)(...args);
      const waiting = name === 'spin_forever' ? undefined : c.add_two(20, 22);
      await expect(failing).rejects.toMatchObject({
        name: 'FfiError',
        code: 'ERR_FFI_ISOLATE_CRASHED',
        message: expect.stringContaining(why),
      });
      if (waiting !== undefined) {
        expect(await waiting).toBe(42);
        expect(safe.pid).not.toBe(first);
      }
    },
  );

  test('arguments, buffers, text and pointers go there and back', async () => {
    await using safe = isolated(probe());
    const { functions: c } = safe;
    expect(await c.divide(17, 5)).toEqual([0, 3, 2]);
    const box = { value: 41 };
    await c.increment(box);
    expect(box.value).toBe(42);
    expect(await c.greeting(2)).toBe('grüß');
    expect(await c.greeting(0)).toBeNull();
    expect(await c.slow_sum(Int32Array.of(1, 2, 3), 3, 0)).toBe(6);
    await expect(c.slow_sum(Int32Array.of(1, 2, 3), 4, 0)).rejects.toThrow(RangeError);
  });

  test('pointers end with the child that gave them, and do not cross processes', async () => {
    const direct = probe();
    await using safe = isolated(direct);
    const { functions: c } = safe;
    const handle = await c.probe_open(7);
    if (handle === null) throw new Error('there must be a handle');
    expect(await c.probe_value(handle)).toBe(7);
    const code = expect.objectContaining({ code: 'ERR_FFI_POINTER_RELEASED' });
    expect(() => direct.probe_value(handle)).toThrow(code);
    await expect(c.crash_now()).rejects.toThrow('SIGSEGV');
    await expect(c.probe_value(handle)).rejects.toEqual(code);
  });

  test('a call that takes too long ends the child, and the next call works', async () => {
    await using safe = isolated(probe(), { callTimeoutMs: 2000 });
    await expect(safe.functions.slow_sum(Int32Array.of(1), 1, 60_000)).rejects.toMatchObject({
      code: 'ERR_FFI_ISOLATE_CRASHED',
      message: expect.stringContaining('2000 ms'),
    });
    expect(await safe.functions.add_two(1, 2)).toBe(3);
  });

  test('too many calls and calls after close() are rejected', async () => {
    const safe = isolated(probe(), { maxPendingCalls: 2 });
    const calls = [1, 2, 3].map((n) => safe.functions.add_two(n, n));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(calls[2]).rejects.toMatchObject({ code: 'ERR_FFI_ISOLATE_FULL' });
    await safe.close();
    await safe.close();
    await expect(safe.functions.add_two(1, 2)).rejects.toMatchObject({
      code: 'ERR_FFI_ISOLATE_CLOSED',
    });
  });

  test.skipIf(!hasCompiler)(
    'text that only the child can read is refused, not made up',
    async () => {
      const declared = {
        describe: fn([i32, out(cString)], nothing),
        colors: fn([], stringArray()),
      };
      const functions = library(fixturePath('kinds'), declared, { backend });
      await using safe = isolated(functions);
      const refused = expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' });
      await expect(safe.functions.describe(1)).rejects.toEqual(refused);
      expect(await safe.functions.describe(0)).toEqual([null]);
      await expect(safe.functions.colors()).rejects.toEqual(refused);
    },
  );

  test('a callback is refused, and so is what is no library', () => {
    const calls = backend === 'ffi-rs' ? ({ offThread: true } as const) : ({} as const);
    const visitor = library(
      path,
      { visit_doubles: fn([callback([constRef(f64)], i32)], f64, calls) },
      { backend },
    );
    expect(() => isolated(visitor)).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' }),
    );
    expect(() => isolated({})).toThrow(TypeError);
    expect(() => isolated(probe(), { maxPendingCalls: 0 })).toThrow(RangeError);
    for (const wrong of [{ startTimeoutMs: 0 }, { callTimeoutMs: -1 }, { callTimeoutMs: 2 ** 31 }])
      expect(() => isolated(probe(), wrong)).toThrow(RangeError);
  });

  test.skipIf(backend === 'node:ffi')('structs by value go there and back', async () => {
    const pairs = library(path, { pair_of: fn([f64, f64], Pair) }, { backend });
    await using safe = isolated(pairs);
    expect(await safe.functions.pair_of(1, 2)).toEqual({ x: 1, y: 2 });
  });

  test('many calls at once are carried out in order, each with its own result', async () => {
    await using safe = isolated(probe());
    const order: number[] = [];
    const calls = Array.from({ length: 200 }, async (_, i) => {
      const sum = await safe.functions.add_two(i, 1000);
      order.push(i);
      return sum;
    });
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1000));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('a buffer of 32 MB goes there and back', async () => {
    const declared = { memset: fn([bytes('n'), i32, named('n', usize)], nothing) };
    await using safe = isolated(library(null, declared, { backend }));
    const buffer = new Uint8Array(32 * 2 ** 20);
    await safe.functions.memset(buffer, 7, buffer.length);
    expect(buffer.every((byte) => byte === 7)).toBe(true);
  });

  // The isolate is the same for all backends: twenty rounds are for the default one.
  const rounds = backend === 'ffi-rs' ? 20 : 3;
  test(`${rounds} crashes leave nothing, and what C prints is not lost`, async () => {
    const main = fileURLToPath(new URL('fixtures/isolate-main.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [main, backend, path, String(rounds)],
      { maxBuffer: 2 ** 24 },
    );
    expect(stderr).toBe('');
    expect(stdout.replaceAll('x', '')).toBe(
      `${rounds} crashes, ${rounds + 1} children, 0 alive, 0 handles left\n`,
    );
    expect(stdout.match(/x/g)).toHaveLength(4 * 2 ** 20);
  });
});

/** Makes every process that is started from here on wait before it runs anything. */
const startsWithin = (ms: number): void => {
  const wait = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`;
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(wait)}`;
};

const adder = () => library(probePath(), { add_two: fn([i32, i32], i32) });

describe.skipIf(!hasCompiler)('A child that starts slowly', () => {
  const { NODE_OPTIONS } = process.env;
  afterEach(() => {
    if (NODE_OPTIONS === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = NODE_OPTIONS;
  });
  test('does not use up the time of its first call', async () => {
    startsWithin(3000);
    await using safe = isolated(adder(), { callTimeoutMs: 2900 });
    expect(await safe.functions.add_two(1, 2)).toBe(3);
  });

  test('is ended after startTimeoutMs, and the next call gets a new one', async () => {
    startsWithin(600_000);
    // Time enough for the next one on a busy machine.
    await using safe = isolated(adder(), { startTimeoutMs: 6000 });
    await expect(safe.functions.add_two(1, 2)).rejects.toMatchObject({
      code: 'ERR_FFI_ISOLATE_CRASHED',
      message: expect.stringContaining('not ready within 6000 ms (startTimeoutMs)'),
    });
    startsWithin(0);
    expect(await safe.functions.add_two(1, 2)).toBe(3);
  });

  test('is ended by close()', async () => {
    startsWithin(600_000);
    const safe = isolated(adder());
    const call = safe.functions.add_two(1, 2);
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_FFI_ISOLATE_CLOSED' });
    await safe.close();
    await rejected;
    expect(safe.pid).toBeUndefined();
  });
});
