import { sizeOf, type FieldAbi, type ScalarAbi } from './abi.ts';

/**
 * A struct's bytes as nested values: numbers, bigints, arrays and objects. It is
 * what koffi and ffi-rs want for a struct by value.
 */
export type RawTree = number | bigint | readonly RawTree[] | { readonly [name: string]: RawTree };

/** Reads a scalar from memory: a number, or a bigint for 64 bits and addresses. */
export function readScalar(
  view: DataView,
  offset: number,
  abi: ScalarAbi | 'address',
): number | bigint {
  switch (abi) {
    case 'bool':
    case 'u8':
      return view.getUint8(offset);
    case 'i8':
      return view.getInt8(offset);
    case 'i16':
      return view.getInt16(offset, true);
    case 'u16':
      return view.getUint16(offset, true);
    case 'i32':
      return view.getInt32(offset, true);
    case 'u32':
      return view.getUint32(offset, true);
    case 'i64':
      return view.getBigInt64(offset, true);
    case 'u64':
    case 'address':
      return view.getBigUint64(offset, true);
    case 'f32':
      return view.getFloat32(offset, true);
    case 'f64':
      return view.getFloat64(offset, true);
  }
}

/** Writes a scalar that has been checked. */
export function writeScalar(
  view: DataView,
  offset: number,
  abi: ScalarAbi | 'address',
  value: number | bigint,
): void {
  switch (abi) {
    case 'bool':
    case 'u8':
    case 'i8':
      view.setUint8(offset, Number(value));
      break;
    case 'i16':
    case 'u16':
      view.setUint16(offset, Number(value), true);
      break;
    case 'i32':
    case 'u32':
      view.setUint32(offset, Number(value), true);
      break;
    case 'i64':
    case 'u64':
    case 'address':
      view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
      break;
    case 'f32':
      view.setFloat32(offset, Number(value), true);
      break;
    case 'f64':
      view.setFloat64(offset, Number(value), true);
      break;
  }
}

/** Returns what lies at an offset as nested values. */
export function readTree(view: DataView, offset: number, abi: FieldAbi): RawTree {
  if (typeof abi === 'string') return readScalar(view, offset, abi);
  if (abi.kind === 'array') {
    const step = sizeOf(abi.element);
    return Array.from({ length: abi.length }, (_, i) =>
      readTree(view, offset + i * step, abi.element),
    );
  }
  const object: Record<string, RawTree> = {};
  for (const field of abi.fields) {
    object[field.name] = readTree(view, offset + field.offsetBytes, field.abi);
  }
  return object;
}

/** Stores nested values at an offset; the reverse of {@link readTree}. */
export function writeTree(view: DataView, offset: number, abi: FieldAbi, tree: RawTree): void {
  if (typeof abi === 'string') {
    writeScalar(view, offset, abi, typeof tree === 'bigint' ? tree : Number(tree));
  } else if (abi.kind === 'array') {
    const step = sizeOf(abi.element);
    const elements = tree as readonly RawTree[];
    for (let i = 0; i < abi.length; i++) {
      writeTree(view, offset + i * step, abi.element, elements[i] ?? 0);
    }
  } else {
    const object = tree as { readonly [name: string]: RawTree };
    for (const field of abi.fields) {
      writeTree(view, offset + field.offsetBytes, field.abi, object[field.name] ?? 0);
    }
  }
}

/** Returns a DataView of all bytes of a view. */
export function dataViewOf(bytes: ArrayBufferView): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
