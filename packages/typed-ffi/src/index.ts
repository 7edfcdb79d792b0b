/**
 * Declare a C function once and get a typed, checked call that cannot crash the process by misuse.
 *
 * @module
 */
export {
  array,
  bytes,
  f32Array,
  f64Array,
  i16Array,
  i32Array,
  i64Array,
  i8Array,
  matrix,
  u16Array,
  u32Array,
  u64Array,
  u8Array,
  type ElementName,
  type TypedArrayOf,
} from './types/array-types.ts';
export type { BackendName } from './backend/backend.ts';
export { bitField, type BitFieldType, type BitFieldUnit } from './types/bit-field.ts';
export { backendAvailability, BACKENDS } from './backend/choose-backend.ts';
export {
  callback,
  type CallbackArgument,
  type CallbackOptions,
  type CallbackResult,
} from './types/callback-type.ts';
export { FfiError, type FfiErrorCode } from './errors/errors.ts';
export { freedBy, type FreedType } from './types/freed-type.ts';
export { charArray, fixedArray } from './types/fixed-array.ts';
export {
  functionPointer,
  type FunctionPointer,
  type FunctionPointerType,
} from './call/function-pointer-type.ts';
export { KeptCallback, type KeepOptions } from './types/kept-callback.ts';
export { fn, type CallOf, type FunctionType } from './types/function-type.ts';
export type { FunctionOptions } from './types/checked-function.ts';
export { runsOnMusl } from './backend/libc-family.ts';
export {
  checkLayouts,
  type LayoutCheckOptions,
  type StructsByCName,
} from './compiler/layout-check.ts';
export { isolated, type IsolatedLibrary } from './isolation/isolated.ts';
export type { IsolateOptions } from './isolation/isolate.ts';
export type { LengthSpec } from './types/length-expression.ts';
export type { MatrixShape } from './types/length-requirement.ts';
export { library, missingFrom, type Declarations, type Library } from './library/library.ts';
export type { LibraryOptions } from './library/library-options.ts';
export type { LibraryPath } from './library/open-library.ts';
export { packRows, unpackRows } from './memory/matrix-rows.ts';
export { nothing, type VoidType } from './types/nothing-type.ts';
export { opaque, Pointer, released, type OpaqueType } from './types/opaque-type.ts';
export { constant, named, nullable } from './types/parameter-modifiers.ts';
export type {
  ArgumentOf,
  Field,
  OutParameter,
  OutputOf,
  Parameter,
  Returnable,
  ScalarType,
  ValueOf,
} from './types/parameter.ts';
export { byref, constRef, out, ref, type ConstRefType, type Ref } from './types/reference-types.ts';
export {
  bool,
  char,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  isize,
  u16,
  u32,
  u64,
  u8,
  usize,
} from './types/scalar-types.ts';
export {
  charBuffer,
  cString,
  decodeCString,
  StringBuffer,
  stringBuffer,
  type CStringType,
} from './types/string-types.ts';
export { stringArray, type StringArrayType } from './types/string-array-type.ts';
export {
  struct,
  type StructFields,
  type StructLayout,
  type StructOptions,
  type StructType,
  type StructValue,
} from './types/struct-type.ts';
export { union, type OneOf, type UnionType } from './types/union-type.ts';
export {
  variable,
  type Variable,
  type VariableOf,
  type VariableOptions,
  type VariableType,
} from './types/variable-type.ts';
