import type { Abi, CallbackAbi } from '../memory/abi.ts';
import { unsupported } from './backend-errors.ts';

/** The numbers of ffi-rs' DataType that are used, which is an object at run time only. */
export const FFI_RS: Readonly<
  Record<
    'BIG_INT' | 'DOUBLE' | 'EXTERNAL' | 'I16' | 'I32' | 'U32' | 'U8' | 'U8_ARRAY' | 'VOID',
    number
  >
> = Object.freeze({
  I32: 1,
  DOUBLE: 2,
  VOID: 7,
  U8: 9,
  U8_ARRAY: 10,
  EXTERNAL: 11,
  BIG_INT: 16,
  I16: 17,
  U32: 20,
});

/** How ffi-rs is told a type. */
export type FfiRsType =
  | number
  | { readonly type: number; readonly length: number; readonly ffiTypeTag: number };

/** A pointer to the memory of a typed array. */
export const FFI_RS_BUFFER: FfiRsType = { type: FFI_RS.U8_ARRAY, length: 0, ffiTypeTag: 997 };

const CALLBACK_SCALARS: Readonly<Record<string, number>> = {
  void: FFI_RS.VOID,
  bool: FFI_RS.U8,
  // There is no 8-bit signed or 16-bit unsigned type: a register holds 32 bits anyway.
  i8: FFI_RS.I32,
  u8: FFI_RS.U8,
  i16: FFI_RS.I16,
  u16: FFI_RS.I32,
  i32: FFI_RS.I32,
  u32: FFI_RS.U32,
  i64: FFI_RS.BIG_INT,
  u64: FFI_RS.BIG_INT,
  f64: FFI_RS.DOUBLE,
  address: FFI_RS.BIG_INT,
};

/**
 * Returns ffi-rs' type for what a callback takes or returns.
 *
 * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when ffi-rs would return garbage
 */
export function callbackTypeForFfiRs(
  symbol: string,
  abi: CallbackAbi['parameters'][number] | 'void',
): number {
  const type = CALLBACK_SCALARS[abi];
  if (type === undefined) {
    throw unsupported('ffi-rs', symbol, 'pass a float to or from a callback', [
      'koffi',
      'node:ffi',
    ]);
  }
  return type;
}

/** Turns what a callback returns into what ffi-rs takes. */
export function callbackResultForFfiRs(abi: Abi, value: unknown): unknown {
  return abi === 'u64' ? BigInt.asIntN(64, value as bigint) : value;
}

/** Turns what ffi-rs passes to a callback into a raw value. */
export function callbackArgumentFromFfiRs(abi: Abi, raw: unknown): unknown {
  switch (abi) {
    case 'i8':
      return ((raw as number) << 24) >> 24;
    case 'u16':
      return (raw as number) & 0xffff;
    case 'u64':
    case 'address':
    case 'buffer':
      return BigInt.asUintN(64, raw as bigint);
    default:
      return raw;
  }
}
