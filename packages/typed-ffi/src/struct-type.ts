import { alignmentOf, layOut, sizeOf, type ArrayAbi, type StructAbi } from './abi.ts';
import { outOfRange, within, wrongKind } from './argument-position.ts';
import type { Field, Parameter, Returnable, ValueOf } from './parameter.ts';
import { dataViewOf } from './raw-memory.ts';
import { decodeCString, encodeCString } from './string-types.ts';

/** The fields of a struct, in the order of the C declaration. */
export type StructFields = Readonly<Record<string, Field<unknown>>>;

/** The plain object for a struct. */
export type StructValue<F extends StructFields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

/** A struct declared with {@link struct}. */
export interface StructType<Value>
  extends Parameter<Readonly<Value>>, Returnable<Value>, Field<Value> {
  readonly abi: StructAbi;
  readonly fieldAbi: StructAbi;
  /** The size of the struct in bytes, padding included. */
  readonly sizeBytes: number;
  /** Where each field starts, in bytes. */
  readonly offsets: Readonly<Record<string, number>>;
}

/**
 * Declares a C struct. Used as a parameter or result it is passed by value; inside
 * `byref()` or `constRef()` as a pointer. The layout is that of a C compiler without
 * packing; `checkLayouts()` compares it with the real one.
 *
 * @throws {TypeError} when there is no field or a name is not a C identifier.
 */
export function struct<const F extends StructFields>(
  fields: F,
  name = 'struct',
): StructType<StructValue<F>> {
  const entries = Object.entries(fields);
  if (entries.length === 0) throw new TypeError(`Cannot declare ${name}: it has no fields`);
  for (const [field] of entries) {
    if (!/^[A-Za-z_]\w*$/.test(field)) {
      throw new TypeError(`Cannot declare ${name}: '${field}' is not a C identifier`);
    }
  }
  const layout = layOut(entries.map(([field, type]) => ({ name: field, abi: type.fieldAbi })));
  const members = entries.map(([field, type], i) => ({
    field,
    type,
    part: `.${field}`,
    offset: layout.fields[i]?.offsetBytes ?? 0,
  }));
  const expected = `an object { ${entries.map(([field]) => field).join(', ')} } (${name})`;

  const type: StructType<StructValue<F>> = {
    description: name,
    abi: layout,
    fieldAbi: layout,
    sizeBytes: layout.sizeBytes,
    offsets: Object.fromEntries(members.map(({ field, offset }) => [field, offset])),
    write(view, offset, value, at, memory) {
      if (typeof value !== 'object' || value === null) throw wrongKind(at, expected, value);
      const object = value as Readonly<Record<string, unknown>>;
      for (const member of members) {
        member.type.write(
          view,
          offset + member.offset,
          object[member.field],
          within(at, member.part),
          memory,
        );
      }
    },
    read(view, offset, memory) {
      const object: Record<string, unknown> = {};
      for (const member of members) {
        object[member.field] = member.type.read(view, offset + member.offset, memory);
      }
      return object as StructValue<F>;
    },
    lower(value, at, frame) {
      const bytes = new Uint8Array(layout.sizeBytes);
      type.write(dataViewOf(bytes), 0, value, at, frame.memory);
      return bytes;
    },
    lift(raw, memory) {
      return type.read(dataViewOf(raw as Uint8Array), 0, memory);
    },
  };
  return type;
}

/**
 * An array of a fixed length inside a struct (`float m[3]`), as a JavaScript array
 * of exactly that length; a typed array is taken too.
 *
 * @throws {RangeError} when the length is not a positive integer.
 */
export function fixedArray<V>(element: Field<V>, length: number): Field<V[]> {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`Cannot declare an array of '${length}' elements: it needs 1 or more`);
  }
  const fieldAbi: ArrayAbi = { kind: 'array', element: element.fieldAbi, length };
  const step = Math.max(sizeOf(element.fieldAbi), alignmentOf(element.fieldAbi));
  const expected = `an array of ${length} elements (${element.description}[${length}])`;
  return {
    description: `${element.description}[${length}]`,
    fieldAbi,
    write(view, offset, value, at, memory) {
      if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && 'length' in value)) {
        throw wrongKind(at, expected, value);
      }
      const elements = value as ArrayLike<unknown>;
      if (elements.length !== length) throw outOfRange(at, expected, value);
      for (let i = 0; i < length; i++) {
        element.write(view, offset + i * step, elements[i], within(at, `[${i}]`), memory);
      }
    },
    read(view, offset, memory) {
      return Array.from({ length }, (_, i) => element.read(view, offset + i * step, memory));
    },
  };
}

/**
 * Text in a fixed array of char inside a struct (`char name[16]`), with room for its NUL.
 *
 * @throws {RangeError} when the length is not a positive integer.
 */
export function charArray(length: number): Field<string> {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`Cannot declare a text of '${length}' bytes: it needs 1 or more`);
  }
  return {
    description: `char[${length}]`,
    fieldAbi: { kind: 'array', element: 'u8', length },
    write(view, offset, value, at) {
      const encoded = encodeCString(value, at);
      if (encoded.length > length) {
        throw outOfRange(at, `text of at most ${length - 1} bytes (char[${length}])`, value);
      }
      const target = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      target.fill(0);
      target.set(encoded);
    },
    read(view, offset) {
      return decodeCString(new Uint8Array(view.buffer, view.byteOffset + offset, length));
    },
  };
}
