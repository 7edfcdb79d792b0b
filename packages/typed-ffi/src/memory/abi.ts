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

/** A struct or union with its layout; its raw value is its bytes. */
export interface StructAbi {
  readonly kind: 'struct';
  /** Set when fields overlap: a union, or bit fields in one unit. */
  readonly overlapping?: boolean | undefined;
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
  /** How many parameters a variadic function has by name; the others are passed beyond them. */
  readonly fixedParameters?: number | undefined;
  /** Which arguments hold addresses of C, in structs by value or behind pointers. */
  readonly holdingPointers?: readonly number[] | undefined;
  /** Which buffers are strings without NUL (or null), where the library takes those. */
  readonly texts?: readonly number[] | undefined;
  /**
   * What is read at the address that is returned: text, or a number of bytes. Where it is
   * text, a backend may return the text itself, or null.
   */
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

/** No struct is larger: what C has more of is an array of the caller. */
export const MOST_STRUCT_BYTES: number = 2 ** 24;

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

/**
 * Lays fields out as a C compiler does: in order, each aligned, the end padded.
 *
 * @param packBytes the largest alignment, as in `#pragma pack(n)`.
 */
export function layOut(
  fields: readonly { name: string; abi: FieldAbi }[],
  packBytes: number = Number.POSITIVE_INFINITY,
): StructAbi {
  let end = 0;
  let alignmentBytes = 1;
  const placed = fields.map(({ name, abi }) => {
    const alignment = Math.min(alignmentOf(abi), packBytes);
    const offsetBytes = Math.ceil(end / alignment) * alignment;
    end = offsetBytes + sizeOf(abi);
    alignmentBytes = Math.max(alignmentBytes, alignment);
    return { name, abi, offsetBytes };
  });
  const sizeBytes = Math.ceil(end / alignmentBytes) * alignmentBytes;
  return { kind: 'struct', fields: placed, sizeBytes, alignmentBytes };
}

/** Lays the members of a union out: all at its start. */
export function overlay(
  members: readonly { name: string; abi: FieldAbi }[],
  packBytes: number = Number.POSITIVE_INFINITY,
): StructAbi {
  const alignmentBytes = Math.max(
    1,
    ...members.map(({ abi }) => Math.min(alignmentOf(abi), packBytes)),
  );
  const end = Math.max(0, ...members.map(({ abi }) => sizeOf(abi)));
  return {
    kind: 'struct',
    overlapping: true,
    fields: members.map(({ name, abi }) => ({ name, abi, offsetBytes: 0 })),
    sizeBytes: Math.ceil(end / alignmentBytes) * alignmentBytes,
    alignmentBytes,
  };
}

/** Tells whether there is an address somewhere in a field. */
export function hasPointers(abi: FieldAbi): boolean {
  if (typeof abi === 'string') return abi === 'address';
  return abi.kind === 'array'
    ? hasPointers(abi.element)
    : abi.fields.some((field) => hasPointers(field.abi));
}

/** Tells whether C gets a pointer to a JavaScript function. */
export function isCallback(abi: Abi): abi is CallbackAbi {
  return typeof abi === 'object' && abi.kind === 'callback';
}

/** A scalar inside a struct, and where it lies. */
export interface Leaf {
  readonly abi: ScalarAbi | 'address';
  readonly offsetBytes: number;
}

/** Lists the scalars of a field, with structs and arrays spread out. */
export function leavesOf(abi: FieldAbi, offsetBytes = 0): Leaf[] {
  if (typeof abi === 'string') return [{ abi, offsetBytes }];
  if (abi.kind === 'array') {
    const step = sizeOf(abi.element);
    return Array.from({ length: abi.length }, (_, i) =>
      leavesOf(abi.element, offsetBytes + i * step),
    ).flat();
  }
  return abi.fields.flatMap((field) => leavesOf(field.abi, offsetBytes + field.offsetBytes));
}
