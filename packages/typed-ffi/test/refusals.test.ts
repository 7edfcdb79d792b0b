import { expect, test } from 'vitest';

import { callback, f64, fixedArray, fn, i32, i64, library, nothing, struct } from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

const Pair = struct({ x: f64, y: f64 }, 'struct pair');
const failure = (code: string) => expect.objectContaining({ name: 'FfiError', code });

describeEachBackend((backend, path) => {
  const open = { backend } as const;

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
        () => library(path, { fail_with: fn([i32], i32, { errno: true, offThread: true }) }, open),
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
});
