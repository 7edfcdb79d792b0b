/** A C scalar as it is passed: `bool` is one byte, `i64` and `u64` are bigints. */
export type ScalarAbi =
  | 'bool'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'
  | 'f32'
  | 'f64';

/** A field's representation inside a struct; `address` is a pointer as a bigint. */
export type FieldAbi = ScalarAbi | 'address' | ArrayAbi | StructAbi;

/** A fixed array inside a struct. */
export interface ArrayAbi {
  readonly kind: 'array';
  readonly element: FieldAbi;
  readonly length: number;
}

/** A struct with its layout; its raw value is the bytes of the struct. */
export interface StructAbi {
  readonly kind: 'struct';
  readonly fields: readonly StructFieldAbi[];
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
}

/** One field of a struct and where it lies. */
export interface StructFieldAbi {
  readonly name: string;
  readonly abi: FieldAbi;
  readonly offsetBytes: number;
}

/** A C function pointer; its raw value is a JavaScript function on raw values. */
export interface CallbackAbi {
  readonly kind: 'callback';
  readonly parameters: readonly (ScalarAbi | 'address')[];
  readonly result: ScalarAbi | 'void';
  /** Set when C may call it from threads of its own. */
  readonly anyThread: boolean;
}

/**
 * How one argument or result crosses into C. A `buffer` is an ArrayBufferView
 * (or null), whose memory C sees; an `address` is a bigint (0n for NULL).
 */
export type Abi = ScalarAbi | 'address' | 'buffer' | 'void' | CallbackAbi | StructAbi;

/** The signature a backend binds. */
export interface Signature {
  readonly parameters: readonly Abi[];
  readonly result: Abi;
  /** What is read at the address that is returned: text, or a number of bytes. */
  readonly resultReads?: 'string' | number | undefined;
}

const SCALAR_BYTES: Readonly<Record<ScalarAbi | 'address', number>> = {
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
};

/** Returns the size of a field in bytes, on a 64-bit machine. */
export function sizeOf(abi: FieldAbi): number {
  if (typeof abi === 'string') return SCALAR_BYTES[abi];
  return abi.kind === 'array' ? sizeOf(abi.element) * abi.length : abi.sizeBytes;
}

/** Returns the alignment of a field in bytes: a scalar is aligned to its size. */
export function alignmentOf(abi: FieldAbi): number {
  if (typeof abi === 'string') return SCALAR_BYTES[abi];
  return abi.kind === 'array' ? alignmentOf(abi.element) : abi.alignmentBytes;
}

/** Lays fields out as a C compiler does: in order, each aligned, the end padded. */
export function layOut(fields: readonly { name: string; abi: FieldAbi }[]): StructAbi {
  let end = 0;
  let alignmentBytes = 1;
  const placed = fields.map(({ name, abi }) => {
    const alignment = alignmentOf(abi);
    const offsetBytes = Math.ceil(end / alignment) * alignment;
    end = offsetBytes + sizeOf(abi);
    alignmentBytes = Math.max(alignmentBytes, alignment);
    return { name, abi, offsetBytes };
  });
  const sizeBytes = Math.ceil(end / alignmentBytes) * alignmentBytes;
  return { kind: 'struct', fields: placed, sizeBytes, alignmentBytes };
}
