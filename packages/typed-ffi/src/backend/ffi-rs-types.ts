import type { Abi, FieldAbi, ScalarAbi, StructAbi } from '../abi.ts';
import { dataViewOf, readScalar, writeScalar } from '../raw-memory.ts';
import { unsupported } from './backend-errors.ts';

// The numbers of ffi-rs' DataType, which is an object at run time only.
const VOID = 7;
const I32 = 1;
const DOUBLE = 2;
const U8 = 9;
const U8_ARRAY = 10;
const EXTERNAL = 11;
const FLOAT = 14;
const BIG_INT = 16;
const I16 = 17;
const U32 = 20;
const STACK_STRUCT = 999;
const ARRAY = 997;

/** A struct by value: fields in order, and a tag. */
interface FfiRsStruct {
  readonly [field: string]: number | FfiRsStruct;
}

/** How ffi-rs is told a type. */
export type FfiRsType =
  | number
  | FfiRsStruct
  | { readonly type: number; readonly length: number; readonly ffiTypeTag: number };

/** Where a type stands; ffi-rs cannot do all of them everywhere. */
export type Place = 'callback' | 'parameter' | 'result';

/** ffi-rs stores a result in no memory of its own: more than two registers overrun it. */
const MOST_RESULT_BYTES = 16;
/** Off the main thread it allocates 8 bytes for a result, whatever its size. */
const MOST_RESULT_BYTES_OFF_THREAD = 8;
/** A struct of 80 bytes is known to crash; this leaves a margin. */
const MOST_PARAMETER_BYTES = 64;

const SCALARS: Readonly<Record<ScalarAbi | 'address', number>> = {
  bool: U8,
  // There is no 8-bit signed or 16-bit unsigned type: a register holds 32 bits anyway.
  i8: I32,
  u8: U8,
  i16: I16,
  u16: I32,
  i32: I32,
  u32: U32,
  i64: BIG_INT,
  u64: BIG_INT,
  f32: FLOAT,
  f64: DOUBLE,
  address: BIG_INT,
};

const BUFFER: FfiRsType = { type: U8_ARRAY, length: 0, ffiTypeTag: ARRAY };

/**
 * Returns ffi-rs' type for a value.
 *
 * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when ffi-rs would crash or return garbage.
 */
export function typeForFfiRs(
  symbol: string,
  abi: Abi,
  place: Place,
  offThread: boolean,
): FfiRsType {
  if (abi === 'void') return VOID;
  if (abi === 'buffer') return place === 'parameter' ? BUFFER : BIG_INT;
  if (typeof abi === 'string') {
    if (abi === 'f32' && place === 'callback') {
      throw unsupported('ffi-rs', symbol, 'pass a float to or from a callback');
    }
    // ffi-rs has no float results: the register is read as a double, see liftFromFfiRs().
    return abi === 'f32' && place === 'result' ? DOUBLE : SCALARS[abi];
  }
  if (abi.kind === 'callback') return EXTERNAL;
  const most =
    place === 'parameter'
      ? MOST_PARAMETER_BYTES
      : offThread
        ? MOST_RESULT_BYTES_OFF_THREAD
        : MOST_RESULT_BYTES;
  if (abi.sizeBytes > most) {
    throw unsupported(
      'ffi-rs',
      symbol,
      `pass a struct of ${abi.sizeBytes} bytes by value as a ${place} ` +
        `(at most ${most}${offThread ? ' off the main thread' : ''}); use a pointer form`,
    );
  }
  return structType(symbol, abi, place);
}

function structType(symbol: string, abi: StructAbi, place: Place): FfiRsStruct {
  const fields: Record<string, number | FfiRsStruct> = {};
  for (const { key, abi: leaf } of leavesOf(abi)) {
    if (typeof leaf !== 'string') fields[key] = structType(symbol, leaf, place);
    else if (leaf === 'i64' || leaf === 'u64' || leaf === 'address') {
      throw unsupported(
        'ffi-rs',
        symbol,
        'pass a struct with 64-bit integers or pointers by value',
      );
    } else if (leaf === 'f32' && place === 'result') {
      throw unsupported('ffi-rs', symbol, 'return a struct with floats by value');
    } else fields[key] = leaf === 'i8' ? U8 : leaf === 'u16' ? I16 : SCALARS[leaf];
  }
  fields['ffiTypeTag'] = STACK_STRUCT;
  return fields;
}

interface Leaf {
  readonly key: string;
  readonly abi: ScalarAbi | StructAbi | 'address';
  readonly offsetBytes: number;
}

/** Lists the fields with arrays spread out, which changes neither layout nor registers. */
function leavesOf(abi: StructAbi): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (key: string, field: FieldAbi, offsetBytes: number): void => {
    if (typeof field === 'object' && field.kind === 'array') {
      const { element, length } = field;
      const step = sizeOfElement(element);
      for (let i = 0; i < length; i++) visit(`${key}_${i}`, element, offsetBytes + i * step);
    } else leaves.push({ key, abi: field, offsetBytes });
  };
  for (const [i, field] of abi.fields.entries()) visit(`m${i}`, field.abi, field.offsetBytes);
  return leaves;
}

function sizeOfElement(abi: FieldAbi): number {
  if (typeof abi === 'object') {
    return abi.kind === 'array' ? sizeOfElement(abi.element) * abi.length : abi.sizeBytes;
  }
  return {
    bool: 1,
    i8: 1,
    u8: 1,
    i16: 2,
    u16: 2,
    i32: 4,
    u32: 4,
    f32: 4,
    i64: 8,
    u64: 8,
    f64: 8,
    address: 8,
  }[abi];
}

type StructObject = { [key: string]: number | StructObject };

function structToObject(abi: StructAbi, view: DataView, start: number): StructObject {
  const object: StructObject = {};
  for (const { key, abi: leaf, offsetBytes } of leavesOf(abi)) {
    object[key] =
      typeof leaf === 'object'
        ? structToObject(leaf, view, start + offsetBytes)
        : Number(readScalar(view, start + offsetBytes, storedAs(leaf)));
  }
  return object;
}

function objectToStruct(abi: StructAbi, view: DataView, start: number, object: StructObject): void {
  for (const { key, abi: leaf, offsetBytes } of leavesOf(abi)) {
    const value = object[key] ?? 0;
    if (typeof leaf === 'object') {
      if (typeof value === 'object') objectToStruct(leaf, view, start + offsetBytes, value);
    } else writeScalar(view, start + offsetBytes, storedAs(leaf), Number(value));
  }
}

/** The type of the same size that ffi-rs has for a field. */
function storedAs(abi: ScalarAbi | 'address'): ScalarAbi | 'address' {
  if (abi === 'i8') return 'u8';
  return abi === 'u16' ? 'i16' : abi;
}

/** Turns a raw value into what ffi-rs takes. */
export function valueForFfiRs(abi: Abi, value: unknown): unknown {
  if (abi === 'u64' || abi === 'address') return BigInt.asIntN(64, value as bigint);
  if (typeof abi === 'object' && abi.kind === 'struct') {
    return structToObject(abi, dataViewOf(value as Uint8Array), 0);
  }
  return value;
}

const bits = new DataView(new ArrayBuffer(8));

/** Turns what ffi-rs returns into a raw value. */
export function liftFromFfiRs(abi: Abi, raw: unknown): unknown {
  switch (abi) {
    case 'i8':
      return ((raw as number) << 24) >> 24;
    case 'u16':
      return (raw as number) & 0xffff;
    case 'u64':
    case 'address':
    case 'buffer':
      return BigInt.asUintN(64, raw as bigint);
    case 'f32':
      // The lower half of the register that was read as a double.
      bits.setFloat64(0, raw as number, true);
      return bits.getFloat32(0, true);
    default: {
      if (typeof abi !== 'object' || abi.kind !== 'struct') return raw;
      const bytes = new Uint8Array(abi.sizeBytes);
      objectToStruct(abi, dataViewOf(bytes), 0, raw as StructObject);
      return bytes;
    }
  }
}
