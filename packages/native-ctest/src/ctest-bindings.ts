import {
  byref,
  char,
  charBuffer,
  constRef,
  cString,
  f64,
  f64Array,
  fn,
  i32,
  i64,
  library,
  matrix,
  named,
  nothing,
  out,
  struct,
  u8Array,
  usize,
  callback,
  type LibraryOptions,
  type LibraryPath,
  type StringBuffer,
  type StructType,
} from '@sockpool/typed-ffi';

export interface Complex {
  x: number;
  y: number;
}
export const Complex: StructType<Complex> = struct({ x: f64, y: f64 }, 'struct Complex');

export interface Ctest {
  readonly add: (a: Readonly<Complex>, b: Readonly<Complex>) => Complex;
  readonly swap: (a: Complex, b: Complex) => void;
  readonly sum: (f: Float64Array, n: number) => number;
  readonly titlecase: (str: StringBuffer) => void;
  readonly tokenize: (sep: string, str: string, t: Uint8Array) => number;
  readonly mult: (
    a: Float64Array,
    b: Float64Array,
    c: Float64Array,
    n: number,
    r: number,
    m: number,
  ) => void;
  readonly sum_bounded: (
    values: Float64Array,
    length: bigint | number,
    n: bigint | number,
  ) => [number, number];
  readonly titlecase_bounded: (text: StringBuffer, capacity: bigint | number) => number;
  readonly tokenize_bounded: (
    sep: string,
    text: string,
    capacity: bigint | number,
    rows: Uint8Array,
    rows_count: bigint | number,
    row_bytes: bigint | number,
  ) => [number, bigint];
  readonly mult_bounded: (
    a: Float64Array,
    a_length: bigint | number,
    b: Float64Array,
    b_length: bigint | number,
    c: Float64Array,
    c_length: bigint | number,
    n: bigint | number,
    r: bigint | number,
    m: bigint | number,
    stride: bigint | number,
  ) => number;
  readonly add_into: (a: Readonly<Complex>, b: Readonly<Complex>) => [number, Complex];
  readonly visit_tokens: (
    sep: string,
    text: string,
    scratch: StringBuffer,
    scratch_bytes: bigint | number,
    visit: (token: string | null, length: bigint, index: bigint) => number,
  ) => bigint;
  readonly visit_tokens_off_thread: (
    sep: string,
    text: string,
    scratch: StringBuffer,
    scratch_bytes: bigint | number,
    visit: (token: string | null, length: bigint, index: bigint) => number,
  ) => Promise<bigint>;
}
const declarations = {
  add: fn([Complex, Complex], Complex),
  swap: fn([byref(Complex), byref(Complex)], nothing),
  sum: fn([f64Array('n'), named('n', i32)], f64),
  titlecase: fn([charBuffer()], nothing),
  tokenize: fn([char, cString, u8Array()], i32),
  mult: fn(
    [
      matrix('f64', { rows: 'n', columns: 'r', stride: 100 }),
      matrix('f64', { rows: 'r', columns: 'm', stride: 100 }),
      matrix('f64', { rows: 'n', columns: 'm', stride: 100 }),
      named('n', i32),
      named('r', i32),
      named('m', i32),
    ],
    nothing,
  ),
  sum_bounded: fn([f64Array('length'), named('length', usize), usize, out(f64)], i32),
  titlecase_bounded: fn([charBuffer('capacity'), named('capacity', usize)], i32),
  tokenize_bounded: fn(
    [
      char,
      cString,
      usize,
      u8Array('rows_count*row_bytes'),
      named('rows_count', usize),
      named('row_bytes', usize),
      out(usize),
    ],
    i32,
  ),
  mult_bounded: fn(
    [
      f64Array('a_length'),
      named('a_length', usize),
      f64Array('b_length'),
      named('b_length', usize),
      f64Array('c_length'),
      named('c_length', usize),
      usize,
      usize,
      usize,
      usize,
    ],
    i32,
  ),
  add_into: fn([constRef(Complex), constRef(Complex), out(Complex)], i32),
  visit_tokens: fn(
    [
      char,
      cString,
      charBuffer('scratch_bytes'),
      named('scratch_bytes', usize),
      callback([cString, usize, usize], i32),
    ],
    i64,
  ),
  visit_tokens_off_thread: fn(
    [
      char,
      cString,
      charBuffer('scratch_bytes'),
      named('scratch_bytes', usize),
      callback([cString, usize, usize], i32),
    ],
    i64,
    { symbol: 'visit_tokens', offThread: true },
  ),
};
export function openCtest(path: LibraryPath, options?: LibraryOptions): Ctest {
  return library(path, declarations, options);
}
