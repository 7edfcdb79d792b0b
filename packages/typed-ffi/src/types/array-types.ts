import { wrongKind } from '../errors/argument-position.ts';
import { typedArrayLength, typedArrayName, viewPlace, viewSizeBytes } from '../memory/view-size.ts';
import type { LengthSpec } from './length-expression.ts';
import { lengthRequirement, matrixRequirement, type MatrixShape } from './length-requirement.ts';
import type { LengthRequirement, Parameter } from './parameter.ts';

interface TypedArrayByElement {
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** The name of an element type that has a typed array. */
export type ElementName = keyof TypedArrayByElement;

/** The typed array for an element type. */
export type TypedArrayOf<E extends ElementName> = TypedArrayByElement[E];

const CONSTRUCTORS = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/** C never gets a pointer to nothing: an empty array is replaced by this. */
const nowhere = new Uint8Array(64);

function arrayParameter<E extends ElementName>(
  element: E,
  requires: LengthRequirement | undefined,
): Parameter<TypedArrayOf<E>> {
  const { name } = CONSTRUCTORS[element];
  const expected = `a ${name}`;
  return {
    description: name,
    abi: 'buffer',
    borrows: 'write',
    requires,
    lower(value, at) {
      if (typedArrayName(value) !== name) throw wrongKind(at, expected, value);
      return typedArrayLength(value) === 0 ? nowhere : value;
    },
  };
}

/**
 * A pointer to elements, as the matching typed array, whose memory C reads and
 * writes without a copy. Where JavaScript can run before C has returned (off the main
 * thread, with callbacks), C gets a copy, and what it has changed is written back; a
 * SharedArrayBuffer is always used in place. What C only reads is `constant()`.
 *
 * @param length the elements C may touch; see {@link LengthSpec}. Without it the
 *   array's length is not checked.
 * @throws {TypeError} when a text is no length
 * @throws {RangeError} when a number is no length
 */
export function array<E extends ElementName>(
  element: E,
  length?: LengthSpec,
): Parameter<TypedArrayOf<E>> {
  return arrayParameter(element, lengthRequirement(length, 'elements', typedArrayLength));
}

/**
 * A two-dimensional C array (`double a[][100]`) as one typed array, row after row
 * at a fixed stride. It is checked to hold (rows - 1) * stride + columns elements.
 *
 * @throws {TypeError} when a text is no length
 * @throws {RangeError} when a number is no length
 */
export function matrix<E extends ElementName>(
  element: E,
  shape: MatrixShape,
): Parameter<TypedArrayOf<E>> {
  return arrayParameter(element, matrixRequirement(shape, typedArrayLength));
}

/** `int8_t *` as an Int8Array; see {@link array}. */
export const i8Array = (length?: LengthSpec): Parameter<Int8Array> => array('i8', length);
/** `uint8_t *` as a Uint8Array or Buffer; see {@link array}. */
export const u8Array = (length?: LengthSpec): Parameter<Uint8Array> => array('u8', length);
/** `int16_t *` as an Int16Array; see {@link array}. */
export const i16Array = (length?: LengthSpec): Parameter<Int16Array> => array('i16', length);
/** `uint16_t *` as a Uint16Array; see {@link array}. */
export const u16Array = (length?: LengthSpec): Parameter<Uint16Array> => array('u16', length);
/** `int32_t *` as an Int32Array; see {@link array}. */
export const i32Array = (length?: LengthSpec): Parameter<Int32Array> => array('i32', length);
/** `uint32_t *` as a Uint32Array; see {@link array}. */
export const u32Array = (length?: LengthSpec): Parameter<Uint32Array> => array('u32', length);
/** `int64_t *` as a BigInt64Array; see {@link array}. */
export const i64Array = (length?: LengthSpec): Parameter<BigInt64Array> => array('i64', length);
/** `uint64_t *` as a BigUint64Array; see {@link array}. */
export const u64Array = (length?: LengthSpec): Parameter<BigUint64Array> => array('u64', length);
/** `float *` as a Float32Array; see {@link array}. */
export const f32Array = (length?: LengthSpec): Parameter<Float32Array> => array('f32', length);
/** `double *` as a Float64Array; see {@link array}. */
export const f64Array = (length?: LengthSpec): Parameter<Float64Array> => array('f64', length);

/**
 * `void *` to memory of the caller, as any typed array or DataView.
 *
 * @param lengthBytes the bytes C may touch; see {@link LengthSpec}.
 * @throws {TypeError} when a text is no length
 * @throws {RangeError} when a number is no length
 */
export function bytes(lengthBytes?: LengthSpec): Parameter<ArrayBufferView> {
  return {
    description: 'typed array or DataView',
    abi: 'buffer',
    borrows: 'write',
    requires: lengthRequirement(lengthBytes, 'bytes', (value) =>
      viewSizeBytes(value as ArrayBufferView),
    ),
    lower(value, at) {
      if (!ArrayBuffer.isView(value)) throw wrongKind(at, 'a typed array or DataView', value);
      if (viewSizeBytes(value) === 0) return nowhere;
      if (typedArrayName(value) !== undefined) return value;
      const { buffer, start, sizeBytes } = viewPlace(value);
      return new Uint8Array(buffer, start, sizeBytes);
    },
  };
}
