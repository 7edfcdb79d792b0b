import { expect, test } from 'vitest';

import { callback, f32, fn, i32, library, nothing } from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

const failure = (code: string) => expect.objectContaining({ name: 'FfiError', code });

describeEachBackend((backend, path) => {
  const open = { backend } as const;

  test('what the backend cannot do is a typed error at the declaration', () => {
    const attempts = {
      'node:ffi': [
        () => library(path, { add_two: fn([i32, i32], i32, { offThread: true }) }, open),
      ],
      'ffi-rs': [
        () => library(path, { visit_void: fn([i32, callback([i32], nothing)], nothing) }, open),
        () =>
          library(
            path,
            { visit_void: fn([i32, callback([f32], nothing)], nothing, { offThread: true }) },
            open,
          ),
      ],
      koffi: [
        () =>
          library(
            path,
            { call_from_thread: fn([callback([i32], i32, { anyThread: true }), i32], i32) },
            open,
          ),
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
