/** The declaration for each scalar type of C, on a 64-bit machine that is not Windows. */
export const SCALARS: Readonly<Record<string, string>> = {
  _Bool: 'bool',
  char: 'char',
  'signed char': 'i8',
  'unsigned char': 'u8',
  short: 'i16',
  'unsigned short': 'u16',
  int: 'i32',
  'unsigned int': 'u32',
  long: 'i64',
  'unsigned long': 'u64',
  'long long': 'i64',
  'unsigned long long': 'u64',
  float: 'f32',
  double: 'f64',
  _Float32: 'f32',
  _Float64: 'f64',
  _Float32x: 'f64',
};

/** Typedefs whose own name says more than what they stand for. */
export const KNOWN_TYPEDEFS: Readonly<Record<string, string>> = {
  size_t: 'usize',
  ssize_t: 'isize',
  ptrdiff_t: 'isize',
  intptr_t: 'isize',
  uintptr_t: 'usize',
};

/** The typed array for each element declaration. */
export const TYPED_ARRAYS: Readonly<Record<string, string>> = {
  i8: 'Int8Array',
  u8: 'Uint8Array',
  char: 'Uint8Array',
  i16: 'Int16Array',
  u16: 'Uint16Array',
  i32: 'Int32Array',
  u32: 'Uint32Array',
  i64: 'BigInt64Array',
  u64: 'BigUint64Array',
  isize: 'BigInt64Array',
  usize: 'BigUint64Array',
  f32: 'Float32Array',
  f64: 'Float64Array',
};

/** Element names of `array()` that differ from the scalar's. */
export const ELEMENTS: Readonly<Record<string, string>> = {
  char: 'u8',
  isize: 'i64',
  usize: 'u64',
};

/** Tells whether a scalar is a bigint. */
function isWide(scalar: string): boolean {
  return ['i64', 'u64', 'isize', 'usize'].includes(scalar);
}

/** Tells whether a scalar can say how long something is. */
export function isCount(scalar: string | null): boolean {
  return scalar !== null && !['bool', 'char', 'f32', 'f64'].includes(scalar);
}

/** Returns the TypeScript type that a scalar yields. */
export function valueOf(scalar: string): string {
  if (scalar === 'bool') return 'boolean';
  if (scalar === 'char') return 'string';
  return isWide(scalar) ? 'bigint' : 'number';
}

/** Returns the TypeScript type that is passed for a scalar. */
export function argumentOf(scalar: string): string {
  return isWide(scalar) ? 'bigint | number' : valueOf(scalar);
}
