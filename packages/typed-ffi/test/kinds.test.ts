import { afterEach, describe, expect, test, vi } from 'vitest';

import {
  bitField,
  bool,
  byref,
  char,
  charArray,
  charBuffer,
  checkLayouts,
  constRef,
  cString,
  f64,
  fixedArray,
  fn,
  functionPointer,
  i32,
  i32Array,
  i64,
  library,
  missingFrom,
  named,
  nothing,
  nullable,
  opaque,
  out,
  stringArray,
  stringBuffer,
  struct,
  u64,
  union,
  usize,
  variable,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath, hasCompiler } from './fixtures/probe-library.ts';

const Either = union({ number: i32, real: f64, text: charArray(8) }, 'union either');
const Tagged = struct({ kind: i32, value: Either }, 'struct tagged');
const Packed = struct({ tag: char, value: i32, real: f64 }, 'struct packed', { packBytes: 1 });
const Halfway = struct({ tag: char, value: i64 }, 'struct halfway', { packBytes: 2 });
const Flags = struct(
  {
    low: bitField('u32', 0, 3),
    middle: bitField('u32', 3, 7),
    high: bitField('i32', 10, 5),
    on: bitField('bool', 7, 1),
    wide: bitField('u64', 16, 40),
  },
  'struct flags',
  {
    layout: {
      sizeBytes: 8,
      alignmentBytes: 8,
      offsets: { low: 0, middle: 0, high: 0, on: 1, wide: 0 },
    },
  },
);
const Combine = functionPointer(fn([i32, i32], i32));
const Visit = functionPointer(fn([i32], i32));
const Route = struct({ name: cString, cost: i32, weigh: Visit }, 'struct route');

test.skipIf(!hasCompiler)(
  'layouts of unions, packed structs and bit fields are the compiler’s',
  async () => {
    fixturePath('kinds');
    const headers = [`${import.meta.dirname}/fixtures/kinds.h`];
    await checkLayouts(
      {
        'union either': Either,
        'struct tagged': Tagged,
        'struct packed': Packed,
        'struct halfway': Halfway,
        'struct flags': Flags,
        'struct route': Route,
      },
      { headers },
    );
    const plain = struct({ tag: char, value: i32, real: f64 });
    await expect(checkLayouts({ 'struct packed': plain }, { headers })).rejects.toThrow(
      'struct packed has 13 bytes in C, 16 as declared',
    );
    const shifted = struct({ ...Flags.fields, on: bitField('bool', 6, 1) }, 'flags', {
      layout: { sizeBytes: 8, alignmentBytes: 8, offsets: Flags.offsets },
    });
    await expect(checkLayouts({ 'struct flags': shifted }, { headers })).rejects.toThrow(
      'struct flags.on has 1 bits from bit 15 in C, 1 from bit 14 as declared',
    );
  },
);

describeEachBackend((backend) => {
  const path = hasCompiler ? fixturePath('kinds') : '';
  const open = { backend } as const;

  test('a union shows its bytes as each member, by value and by reference', () => {
    const c = library(
      path,
      {
        either_real: fn([Either], f64),
        either_of: fn([i32], Either),
        tagged_sum: fn([constRef(Tagged)], f64),
        tagged_bump: fn([byref(Tagged)], nothing),
      },
      open,
    );
    expect(c.either_real(Either.of({ real: -0.25 }))).toBe(-0.25);
    const made = c.either_of(0x00_63_62_61);
    expect([made.number, made.text]).toEqual([0x63_62_61, 'abc']);
    made.real = 2.5;
    expect(c.either_real(made)).toBe(2.5);
    const tagged = { kind: 1, value: Either.of({ number: 41 }) };
    expect(c.tagged_sum(tagged)).toBe(42);
    c.tagged_bump(tagged);
    expect([tagged.kind, tagged.value.real]).toEqual([2, 9.25]);
  });

  test('a union is what its declaration has made, with exactly one member', () => {
    const c = library(path, { either_real: fn([Either], f64) }, open);
    expect(() => c.either_real({ number: 1, real: 1, text: '' })).toThrow(TypeError);
    const Other = union({ real: f64 });
    expect(() => c.either_real(Other.of({ real: 1 }) as never)).toThrow(TypeError);
    expect(() => Either.of({ number: 1, real: 2 } as never)).toThrow(TypeError);
    expect(() => Either.of({} as never)).toThrow(TypeError);
    expect(() => Either.of({ number: 2 ** 31 })).toThrow(RangeError);
    const Holder = union({ number: u64, handle: opaque('handle') });
    const forged = Holder.of({ number: 4096n });
    expect(() => forged.handle).toThrow(/C has not written/);
  });

  test('packed structs pass by value and by reference', () => {
    const c = library(
      path,
      {
        packed_sum: fn([Packed], f64),
        packed_of: fn([char, i32, f64], Packed),
        halfway_sum: fn([constRef(Halfway)], i64),
      },
      open,
    );
    expect(Packed.sizeBytes).toBe(13);
    expect(c.packed_sum({ tag: 'A', value: 1000, real: 0.5 })).toBe(65 + 1000.5);
    expect(c.packed_of('z', -5, 2.25)).toEqual({ tag: 'z', value: -5, real: 2.25 });
    expect(c.halfway_sum({ tag: 'A', value: 2n ** 40n })).toBe(2n ** 40n + 65n);
  });

  test('bit fields are read, written and checked', () => {
    const c = library(
      path,
      {
        flags_sum: fn([constRef(Flags)], i64),
        flags_fill: fn([byref(Flags)], nothing),
        flags_high: fn([Flags], i32),
      },
      open,
    );
    const flags = { low: 7, middle: 127, high: -16, on: true, wide: 3n };
    expect(c.flags_sum(flags)).toBe(7n + 1270n - 16_000n + 100_000n + 3_000_000n);
    expect(c.flags_high(flags)).toBe(-16);
    c.flags_fill(flags);
    expect(flags).toEqual({ low: 5, middle: 100, high: -16, on: true, wide: 0xff_ffff_ffffn });
    expect(() => c.flags_sum({ ...flags, low: 8 })).toThrow(RangeError);
    expect(() => c.flags_sum({ ...flags, high: 16 })).toThrow(RangeError);
    expect(() => c.flags_sum({ ...flags, on: 1 as never })).toThrow(TypeError);
    expect(() => bitField('u8', 6, 3)).toThrow(RangeError);
  });

  test('variables are read and written where C has them', () => {
    const c = library(
      path,
      {
        counter: variable(i32),
        version: variable(cString, { constant: true }),
        current: variable(Tagged),
        table: variable(fixedArray(f64, 3)),
        chosen: variable(Combine),
        gone: variable(i32, { optional: true }),
        choose: fn([i32], Combine),
      },
      open,
    );
    const before = c.counter.value;
    c.counter.value = before + 1;
    expect(library(path, { counter: variable(i32) }, open).counter.value).toBe(before + 1);
    c.counter.value = before;
    expect(c.version.value).toBe('1.2.3');
    expect(() => {
      c.version.value = 'text';
    }).toThrow(TypeError);
    expect(c.current.value.value.real).toBe(0.5);
    c.table.value = [4, 5, 6];
    expect(c.table.value).toEqual([4, 5, 6]);
    expect(() => {
      c.table.value = [4, 5];
    }).toThrow(RangeError);
    expect(c.chosen.value?.call(null, 2, 3)).toBe(5);
    c.chosen.value = c.choose(2);
    expect((c.chosen.value as (a: number, b: number) => number)(2, 3)).toBe(6);
    c.chosen.value = c.choose(1);
    expect(() => c.gone.value).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_SYMBOL_NOT_FOUND' }),
    );
    expect(missingFrom(c)).toEqual(['gone']);
  });

  test('arrays of strings go to C and come back', () => {
    const c = library(
      path,
      {
        join: fn(
          [stringArray('n'), named('n', usize), charBuffer('size'), named('size', usize)],
          usize,
        ),
        count_all: fn([stringArray()], usize),
        colors: fn([], stringArray()),
        describe: fn([i32, out(cString)], nothing),
      },
      open,
    );
    const buffer = stringBuffer(20);
    expect(c.join(['a', 'bü', ''], 3, buffer, 20)).toBe(4n);
    expect(buffer.value).toBe('abü');
    expect(c.count_all([])).toBe(0n);
    expect(c.count_all(Array.from({ length: 5000 }, (_, i) => `text ${i}`))).toBe(5000n);
    expect(c.colors()).toEqual(['red', 'grün', '']);
    expect([c.describe(0), c.describe(1), c.describe(5)]).toEqual([[null], ['one'], ['many']]);
    expect(() => c.join(['a'], 2, buffer, 20)).toThrow(RangeError);
    expect(() => c.count_all(['a', 5 as never])).toThrow(TypeError);
    expect(() => c.count_all(['a\0b'])).toThrow(RangeError);
    expect(() => c.count_all('text' as never)).toThrow(TypeError);
  });

  test('functions that C gives are called, and go back to C', () => {
    const c = library(
      path,
      {
        choose: fn([i32], Combine),
        apply: fn([Combine, i32, i32], i32),
        route_cost: fn([constRef(Route)], i32),
      },
      open,
    );
    expect(c.choose(0)).toBeNull();
    const [plus, times] = [c.choose(1), c.choose(2)];
    if (plus === null || times === null) throw new Error('there must be functions');
    expect([plus(20, 22), times(6, 7)]).toEqual([42, 42]);
    expect(() => plus(1.5, 2)).toThrow(TypeError);
    expect(c.apply(times, 3, 4)).toBe(12);
    expect(() => c.apply(((a: number) => a) as never, 3, 4)).toThrow(TypeError);
    expect(() => c.apply(null as never, 3, 4)).toThrow(TypeError);
    expect(c.route_cost({ name: 'abc', cost: 10, weigh: null })).toBe(13);
  });

  test('each form of a variadic function is declared', () => {
    const c = library(
      path,
      {
        sum_3: fn([i32, i32, i32, i32], i64, { symbol: 'sum_of', variadicAfter: 1 }),
        mean_9: fn([i32, f64, f64, f64, f64, f64, f64, f64, f64, f64], f64, {
          symbol: 'mean_of',
          variadicAfter: 1,
        }),
      },
      open,
    );
    expect(c.sum_3(3, 1, -2, 40)).toBe(39n);
    expect(c.mean_9(9, 1, 2, 3, 4, 5, 6, 7, 8, 9)).toBe(5);
    const format = { symbol: 'snprintf', variadicAfter: 3 } as const;
    const libc = library(
      null,
      {
        snprintf: fn([charBuffer('n'), named('n', usize), cString, i32, f64, cString], i32, format),
      },
      open,
    );
    const buffer = stringBuffer(64);
    expect(libc.snprintf(buffer, 64, '%d %.2f %s', -7, 2.5, 'text')).toBe(12);
    expect(buffer.value).toBe('-7 2.50 text');
    const wrong = { symbol: 'sum_of', variadicAfter: 1 } as const;
    expect(() => library(path, { wrong: fn([i32, bool], i64, wrong) }, open)).toThrow(TypeError);
    expect(() =>
      library(path, { wrong: fn([i32], i64, { symbol: 'sum_of', variadicAfter: 2 }) }, open),
    ).toThrow(RangeError);
  });

  describe('callbacks that C keeps', () => {
    const declared = {
      keep: fn([nullable(Visit)], nothing),
      call_kept: fn([i32], i32),
      call_kept_over: fn([i32Array('n'), usize], i32),
    };

    afterEach(() => {
      if (backend !== 'ffi-rs') library(path, declared, open).keep(null);
      vi.restoreAllMocks();
    });

    test.skipIf(backend !== 'ffi-rs')('are refused where they cannot be, with what can', () => {
      using double = Visit.keep((value) => value * 2);
      const c = library(path, declared, open);
      expect(() => c.keep(double)).toThrow(/cannot let C keep a callback; .*'koffi' or 'node:ffi'/);
    });

    test.skipIf(backend === 'ffi-rs')('live until they are disposed', async () => {
      const c = library(path, declared, open);
      const double = Visit.keep((value) => value * 2);
      c.keep(double);
      expect(c.call_kept(21)).toBe(42);
      const values = Int32Array.of(1, 2, 3);
      expect([c.call_kept_over(values, 3), ...values]).toEqual([12, 2, 4, 6]);
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      double.dispose();
      double.dispose();
      expect(c.call_kept(21)).toBe(0);
      expect(warned).toHaveBeenCalledWith(
        expect.objectContaining({ code: 'ERR_FFI_CALLBACK_EXPIRED' }),
      );
      expect(() => c.keep(double)).toThrow(
        expect.objectContaining({ code: 'ERR_FFI_POINTER_RELEASED' }),
      );
    });

    test.skipIf(backend === 'ffi-rs')('hand what they throw to onError', () => {
      const c = library(path, declared, open);
      const failures: unknown[] = [];
      const failing = Visit.keep(
        (value) => {
          if (value === 1) throw new Error('thrown');
          return 0.5;
        },
        { onError: (error) => failures.push(error) },
      );
      c.keep(failing);
      expect([c.call_kept(1), c.call_kept(2)]).toEqual([0, 0]);
      expect(failures).toEqual([
        expect.objectContaining({ message: 'thrown' }),
        expect.any(TypeError),
      ]);
      c.keep(null);
      failing.dispose();
    });

    test.skipIf(backend === 'ffi-rs')('cannot take the memory away that C works on', () => {
      const c = library(path, declared, open);
      const values = Int32Array.from({ length: 1000 }, (_, i) => i);
      using taking = Visit.keep((value) => {
        if (values.length > 0) structuredClone(values.buffer, { transfer: [values.buffer] });
        return value;
      });
      c.keep(taking);
      expect(() => c.call_kept_over(values, 1000)).toThrow(/detached or resized/);
      c.keep(null);
    });
  });

  test('what a library lacks may be declared as optional', () => {
    const declared = {
      choose: fn([i32], Combine),
      newer: fn([i32], i32, { optional: true }),
      newest: fn([i32], i32),
    };
    const missing = expect.objectContaining({ code: 'ERR_FFI_SYMBOL_NOT_FOUND' });
    expect(() => library(path, declared, open)).toThrow(missing);
    const c = library(path, declared, { ...open, missing: ['newest'] });
    expect(missingFrom(c)).toEqual(['newer', 'newest']);
    expect(c.choose(1)?.(1, 2)).toBe(3);
    expect(() => c.newer(1)).toThrow(missing);
    expect(() => c.newest(1)).toThrow(missing);
    expect(missingFrom(library(path, declared, { ...open, missing: 'defer' }))).toHaveLength(2);
    expect(() => library(path, declared, { ...open, missing: ['none' as never] })).toThrow(
      TypeError,
    );
  });
});
