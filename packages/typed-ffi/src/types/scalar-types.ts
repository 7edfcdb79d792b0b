import type { ScalarAbi } from '../memory/abi.ts';
import { outOfRange, wrongKind, type ArgumentPosition } from '../errors/argument-position.ts';
import type { ScalarType } from './parameter.ts';
import { readScalar, writeScalar } from '../memory/raw-memory.ts';

type Check = (value: unknown, at: ArgumentPosition) => number | bigint;

function scalar<Argument, Value>(
  abi: ScalarAbi,
  description: string,
  check: Check,
  lift: (raw: unknown) => Value,
): ScalarType<Argument, Value> {
  return {
    description,
    abi,
    fieldAbi: abi,
    lower: check,
    countOf: abi === 'f32' || abi === 'f64' || abi === 'bool' ? undefined : Number,
    lift,
    write(view, offset, value, at) {
      writeScalar(view, offset, abi, check(value, at));
    },
    read(view, offset) {
      return lift(readScalar(view, offset, abi));
    },
  };
}

/** Makes an integer type whose values are all int32. */
function integer(abi: ScalarAbi, low: number, high: number): ScalarType<number, number> {
  const expected = `an integer from ${low} to ${high} (${abi})`;
  return scalar(
    abi,
    abi,
    (value, at) => {
      if (typeof value !== 'number' || !Number.isInteger(value))
        throw wrongKind(at, expected, value);
      if (value < low || value > high) throw outOfRange(at, expected, value);
      // An int32 for the compiler, which node:ffi's fast calls need; and -0 becomes 0.
      return value | 0;
    },
    (raw) => raw as number,
  );
}

function unsigned32(): ScalarType<number, number> {
  const expected = 'an integer from 0 to 4294967295 (u32)';
  return scalar(
    'u32',
    'u32',
    (value, at) => {
      if (typeof value !== 'number' || !Number.isInteger(value))
        throw wrongKind(at, expected, value);
      if (value < 0 || value > 0xffff_ffff) throw outOfRange(at, expected, value);
      return value >>> 0;
    },
    (raw) => raw as number,
  );
}

function bigInteger(
  abi: 'i64' | 'u64',
  low: bigint,
  high: bigint,
): ScalarType<bigint | number, bigint> {
  const expected = `a bigint, or a safe integer, from ${low} to ${high} (${abi})`;
  const check: Check = (value, at) => {
    let wide: bigint;
    if (typeof value === 'bigint') wide = value;
    else if (Number.isSafeInteger(value)) wide = BigInt(value as number);
    else throw wrongKind(at, expected, value);
    if (wide < low || wide > high) throw outOfRange(at, expected, value);
    return wide;
  };
  const type: ScalarType<bigint | number, bigint> = scalar(abi, abi, check, (raw) => raw as bigint);
  return {
    ...type,
    fast: ({ process }) =>
      process?.takesNumbers === true
        ? { abi, lower: (value, at) => (isSmall(value) ? value : check(value, at)) }
        : undefined,
  };
}

/** Tells a number that is right for every integer of 64 bits; -0 is not. */
function isSmall(value: unknown): boolean {
  return typeof value === 'number' && value >>> 0 === value && !Object.is(value, -0);
}

function floating(abi: 'f32' | 'f64'): ScalarType<number, number> {
  const expected = `a number (${abi})`;
  return scalar(
    abi,
    abi,
    (value, at) => {
      if (typeof value !== 'number') throw wrongKind(at, expected, value);
      return value;
    },
    (raw) => raw as number,
  );
}

/** `int8_t`, `signed char`. */
export const i8: ScalarType<number, number> = integer('i8', -0x80, 0x7f);
/** `uint8_t`, `unsigned char`. */
export const u8: ScalarType<number, number> = integer('u8', 0, 0xff);
/** `int16_t`, `short`. */
export const i16: ScalarType<number, number> = integer('i16', -0x8000, 0x7fff);
/** `uint16_t`, `unsigned short`. */
export const u16: ScalarType<number, number> = integer('u16', 0, 0xffff);
/** `int32_t`, `int`, and an `enum`. */
export const i32: ScalarType<number, number> = integer('i32', -0x8000_0000, 0x7fff_ffff);
/** `uint32_t`, `unsigned int`. */
export const u32: ScalarType<number, number> = unsigned32();
/** `int64_t`, `long long`, and `long` except on Windows. Takes safe integers too, returns bigints. */
export const i64: ScalarType<bigint | number, bigint> = bigInteger(
  'i64',
  -(2n ** 63n),
  2n ** 63n - 1n,
);
/** `uint64_t`, and `unsigned long` except on Windows. Takes safe integers too, returns bigints. */
export const u64: ScalarType<bigint | number, bigint> = bigInteger('u64', 0n, 2n ** 64n - 1n);
/** `size_t`: the same as {@link u64} on the 64-bit machines that are supported. */
export const usize: ScalarType<bigint | number, bigint> = u64;
/** `ssize_t`, `ptrdiff_t`: the same as {@link i64}. */
export const isize: ScalarType<bigint | number, bigint> = i64;
/** `float`. A number is rounded to the nearest float; NaN and infinities pass. */
export const f32: ScalarType<number, number> = floating('f32');
/** `double`. NaN and infinities pass. */
export const f64: ScalarType<number, number> = floating('f64');

/** `bool` (`_Bool`). Takes true and false only. */
export const bool: ScalarType<boolean, boolean> = scalar(
  'bool',
  'bool',
  (value, at) => {
    if (typeof value !== 'boolean') throw wrongKind(at, 'true or false (bool)', value);
    return value ? 1 : 0;
  },
  (raw) => raw !== 0 && raw !== false,
);

/** `char`, as a string of one ASCII character. */
export const char: ScalarType<string, string> = scalar(
  'u8',
  'char',
  (value, at) => {
    if (typeof value !== 'string') throw wrongKind(at, 'a string of one ASCII character', value);
    const code = value.charCodeAt(0);
    if (value.length !== 1 || code > 0x7f) {
      throw outOfRange(at, 'a string of one ASCII character', value);
    }
    return code;
  },
  (raw) => String.fromCharCode(Number(raw) & 0xff),
);
