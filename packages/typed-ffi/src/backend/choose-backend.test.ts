import { afterEach, expect, test, vi } from 'vitest';

import { backendAvailability, chooseBackend } from './choose-backend.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('the backend is the one asked for, or that of SOCKPOOL_FFI_BACKEND, or ffi-rs', () => {
  expect(chooseBackend().name).toBe('ffi-rs');
  vi.stubEnv('SOCKPOOL_FFI_BACKEND', 'koffi');
  expect(chooseBackend().name).toBe('koffi');
  expect(chooseBackend('ffi-rs').name).toBe('ffi-rs');
  vi.stubEnv('SOCKPOOL_FFI_BACKEND', '');
  expect(chooseBackend().name).toBe('ffi-rs');
});

test("'fastest' is the fastest that can be used", () => {
  const fastest = (['koffi', 'node:ffi', 'ffi-rs'] as const).find(
    (name) => backendAvailability(name).available,
  );
  expect(chooseBackend('fastest').name).toBe(fastest);
  vi.stubEnv('SOCKPOOL_FFI_BACKEND', 'fastest');
  expect(chooseBackend().name).toBe(fastest);
});

test('a backend is made once', () => {
  expect(chooseBackend('ffi-rs')).toBe(chooseBackend('ffi-rs'));
});

test('an unknown name is a RangeError that lists the known ones', () => {
  vi.stubEnv('SOCKPOOL_FFI_BACKEND', 'dlopen');
  expect(() => chooseBackend()).toThrow(
    new RangeError(
      "Cannot use the backend 'dlopen': it must be one of ffi-rs, node:ffi, koffi, fastest",
    ),
  );
});

test('backendAvailability() says why a backend cannot be used', () => {
  expect(backendAvailability('ffi-rs')).toEqual({ available: true, reason: '' });
  const { available, reason } = backendAvailability('node:ffi');
  expect(reason === '').toBe(available);
});
