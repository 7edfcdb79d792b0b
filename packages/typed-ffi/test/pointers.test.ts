import { expect, test } from 'vitest';

import {
  FfiError,
  fn,
  i32,
  library,
  nothing,
  opaque,
  out,
  Pointer,
  released,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

const Handle = opaque('probe_handle');

describeEachBackend((backend, path) => {
  const open = { backend } as const;

  test('opaque pointers come from C only, keep their type, and end when released', () => {
    const c = library(
      path,
      {
        probe_open: fn([i32], Handle),
        probe_open_into: fn([i32, out(Handle)], i32),
        probe_value: fn([Handle], i32),
        probe_close: fn([released(Handle)], nothing),
      },
      open,
    );
    expect(c.probe_open(-1)).toBeNull();
    const handle = c.probe_open(7);
    expect(handle).toBeInstanceOf(Pointer);
    if (handle === null) throw new Error('there must be a handle');
    expect(c.probe_value(handle)).toBe(7);
    c.probe_close(handle);
    expect(() => c.probe_value(handle)).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_POINTER_RELEASED' }),
    );
    const [code, second] = c.probe_open_into(9);
    expect(code).toBe(0);
    if (second === null) throw new Error('there must be a handle');
    expect(c.probe_value(second)).toBe(9);
    c.probe_close(second);
    expect(() => c.probe_close(second)).toThrow(FfiError);
  });
});
