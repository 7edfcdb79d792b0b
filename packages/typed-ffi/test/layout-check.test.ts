import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import {
  bool,
  charArray,
  checkLayouts,
  f32,
  f64,
  fixedArray,
  i32,
  i64,
  i8,
  opaque,
  struct,
  u16,
} from '../src/index.ts';
import { hasCompiler } from './fixtures/probe-library.ts';

const header = fileURLToPath(new URL('fixtures/probe.h', import.meta.url));
const inner = struct({ small: i8, wide: i32 });

test.skipIf(!hasCompiler)('declared layouts are those of the C compiler', async () => {
  await checkLayouts(
    {
      'struct inner': inner,
      'struct nested': struct({
        head: u16,
        inner,
        values: fixedArray(f64, 3),
        name: charArray(8),
        flag: bool,
      }),
      'struct links': struct({ first: opaque('pair'), count: i64, ratio: f32 }),
    },
    { headers: [header] },
  );
});

test.skipIf(!hasCompiler)('a field of another size or place is named', async () => {
  const wrong = struct({ small: i8, wide: u16 });
  await expect(checkLayouts({ 'struct inner': wrong }, { headers: [header] })).rejects.toThrow(
    expect.objectContaining({
      code: 'ERR_FFI_LAYOUT_MISMATCH',
      message: expect.stringContaining('struct inner.wide is at 4 with 4 bytes in C, at 2 with 2'),
    }),
  );
});

test('a missing compiler and an unknown struct are typed errors', async () => {
  await expect(
    checkLayouts({ 'struct inner': inner }, { headers: [header], compiler: 'no-such-cc' }),
  ).rejects.toMatchObject({ code: 'ERR_FFI_COMPILER_NOT_FOUND' });
  if (hasCompiler) {
    await expect(
      checkLayouts({ 'struct nobody': inner }, { headers: [header] }),
    ).rejects.toMatchObject({ code: 'ERR_FFI_HEADER_INVALID' });
  }
});
