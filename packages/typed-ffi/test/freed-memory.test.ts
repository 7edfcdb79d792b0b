import { describe, expect, test } from 'vitest';

import {
  constRef,
  cString,
  f64,
  fn,
  freedBy,
  i32,
  isolated,
  library,
  nothing,
  out,
  struct,
  variable,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

const Box = struct({ value: i32, half: f64 }, 'struct either_box');
const made = freedBy('free_made', cString);

describe.skipIf(!hasCompiler)('what C has made for the caller', () => {
  describeEachBackend((backend) => {
    const declared = {
      living: variable(i32),
      made_text: fn([i32], made),
      made_text_into: fn([i32, out(made)], nothing),
      made_box: fn([i32], freedBy('free_made', constRef(Box))),
      made_text_and_errno: fn([i32], made, { symbol: 'made_text', errno: true }),
    };

    test('is copied, and freed by the function of the library', () => {
      const c = library(fixturePath('kinds'), declared, { backend });
      for (let i = 0; i < 3; i++) {
        expect([c.made_text(1), c.made_text(2), c.made_text(0)]).toEqual(['one', 'grün', null]);
        expect([c.made_text_into(1), c.made_text_into(0)]).toEqual([['one'], [null]]);
        expect([c.made_box(5), c.made_box(-1)]).toEqual([{ value: 5, half: 2.5 }, null]);
        expect(c.made_text_and_errno(2).value).toBe('grün');
      }
      expect(c.living.value).toBe(0);
    });

    test.skipIf(backend === 'node:ffi')('is freed too when C ran off the thread', async () => {
      const off = { offThread: true } as const;
      const c = library(
        fixturePath('kinds'),
        {
          living: variable(i32),
          made_text: fn([i32], made, off),
          made_text_into: fn([i32, out(made)], nothing, off),
        },
        { backend },
      );
      const texts = Array.from({ length: 20 }, () => c.made_text(2));
      const outputs = Array.from({ length: 20 }, () => c.made_text_into(1));
      expect(new Set(await Promise.all(texts))).toEqual(new Set(['grün']));
      expect(await Promise.all(outputs)).toEqual(Array.from({ length: 20 }, () => ['one']));
      expect(c.living.value).toBe(0);
    });

    test('is refused without the function, and in an isolate', () => {
      const lacks = { made_text: fn([i32], freedBy('free_what', cString)) };
      expect(() => library(fixturePath('kinds'), lacks, { backend })).toThrow(
        expect.objectContaining({
          code: 'ERR_FFI_SYMBOL_NOT_FOUND',
          message: expect.stringContaining('free_what') as string,
        }),
      );
      const c = library(fixturePath('kinds'), { made_text: declared.made_text }, { backend });
      expect(() => isolated(c)).toThrow(expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' }));
    });
  });

  test('is refused where nothing would free it', () => {
    expect(() => freedBy('not a name', cString)).toThrow(TypeError);
    expect(() => freedBy('free', i32 as never)).toThrow(TypeError);
    expect(() => out(freedBy('free', constRef(Box)))).toThrow(TypeError);
  });
});
