import { layOut, sizeOf, type StructAbi } from '../memory/abi.ts';
import { wrongKind } from '../errors/argument-position.ts';
import type { Field, Parameter, Returnable, ValueOf } from './parameter.ts';
import { dataViewOf } from '../memory/raw-memory.ts';
import { structCode } from './struct-code.ts';

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
  /** Its fields, as they were declared. */
  readonly fields: StructFields;
}

/** Where the C compiler has put the fields of a struct. */
export interface StructLayout {
  /** The size of the struct in bytes. */
  readonly sizeBytes: number;
  /** The alignment of the struct in bytes. */
  readonly alignmentBytes: number;
  /** Where each field starts, in bytes; for a bit field, where its unit starts. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** How a struct differs from what a compiler makes of its fields alone. */
export interface StructOptions {
  /**
   * The largest alignment of a field, as in `#pragma pack(1)`; 1 for `packed`.
   * @default no limit
   */
  readonly packBytes?: 1 | 2 | 4 | 8 | 16 | undefined;
  /**
   * The layout by the compiler's word, which structs with bit fields or `aligned` need.
   * @default the one that C gives such fields
   */
  readonly layout?: StructLayout | undefined;
}

/**
 * Declares a C struct. Used as a parameter or result it is passed by value; inside
 * `byref()` or `constRef()` as a pointer. The layout is that of a C compiler, unless the
 * options say otherwise; `checkLayouts()` compares it with the real one.
 *
 * @throws {TypeError} when there is no field, a name is not a C identifier, or a layout
 *   lacks a field
 * @throws {RangeError} when a layout puts a field outside of the struct
 */
export function struct<const F extends StructFields>(
  fields: F,
  name = 'struct',
  options: StructOptions = {},
): StructType<StructValue<F>> {
  const entries = checkedFields(fields, name);
  const parts = entries.map(([field, type]) => ({ name: field, abi: type.fieldAbi }));
  const layout =
    options.layout === undefined
      ? layOut(parts, options.packBytes)
      : givenLayout(name, parts, options.layout);
  const members = entries.map(([field, type], i) => ({
    field,
    type,
    offset: layout.fields[i]?.offsetBytes ?? 0,
  }));
  const expected = `an object { ${entries.map(([field]) => field).join(', ')} } (${name})`;

  // A struct of a header that is never used costs no code.
  let made: ReturnType<typeof structCode> | undefined;
  const code: ReturnType<typeof structCode> = {
    write(...given) {
      made ??= structCode(members);
      made.write(...given);
    },
    read(...given) {
      made ??= structCode(members);
      return made.read(...given);
    },
  };

  const type: StructType<StructValue<F>> = {
    description: name,
    abi: layout,
    fieldAbi: layout,
    sizeBytes: layout.sizeBytes,
    offsets: Object.fromEntries(members.map(({ field, offset }) => [field, offset])),
    fields,
    write(view, offset, value, at, frame) {
      if (typeof value !== 'object' || value === null) throw wrongKind(at, expected, value);
      code.write(view, offset, value, at, frame);
    },
    read: (view, offset, memory) => code.read(view, offset, memory) as StructValue<F>,
    lower(value, at, frame) {
      const bytes = new Uint8Array(layout.sizeBytes);
      type.write(dataViewOf(bytes), 0, value, at, frame);
      return bytes;
    },
    fast(_memory, arena) {
      const { bytes, view } = arena.take(layout.sizeBytes);
      return {
        abi: layout,
        lower(value, at, frame) {
          type.write(view, 0, value, at, frame);
          return bytes;
        },
      };
    },
    lift(raw, memory) {
      return type.read(dataViewOf(raw as Uint8Array), 0, memory);
    },
  };
  return type;
}

/**
 * Returns a declaration's fields, when C can have them.
 *
 * @throws {TypeError} when C cannot have them
 */
export function checkedFields(fields: StructFields, name: string): [string, Field<unknown>][] {
  const entries = Object.entries(fields);
  if (entries.length === 0) throw new TypeError(`Cannot declare ${name}: it has no fields`);
  for (const [field, type] of entries) {
    if (!/^[A-Za-z_]\w*$/.test(field)) {
      throw new TypeError(`Cannot declare ${name}: '${field}' is not a C identifier`);
    }
    if ((type as Field<unknown> | undefined)?.fieldAbi === undefined) {
      throw new TypeError(`Cannot declare ${name}: '${field}' has a type that no field can have`);
    }
  }
  return entries;
}

function givenLayout(
  name: string,
  parts: readonly { readonly name: string; readonly abi: StructAbi['fields'][number]['abi'] }[],
  { sizeBytes, alignmentBytes, offsets }: StructLayout,
): StructAbi {
  const units = new Set<number>();
  const fields = parts.map((part) => {
    const offsetBytes = offsets[part.name];
    if (offsetBytes === undefined) {
      throw new TypeError(`Cannot declare ${name}: its layout has no offset for '${part.name}'`);
    }
    if (!Number.isSafeInteger(offsetBytes) || offsetBytes < 0) {
      throw new RangeError(`Cannot declare ${name}: '${part.name}' is at '${offsetBytes}'`);
    }
    if (offsetBytes + sizeOf(part.abi) > sizeBytes) {
      throw new RangeError(
        `Cannot declare ${name}: '${part.name}' ends beyond its ${sizeBytes} bytes`,
      );
    }
    units.add(offsetBytes);
    return { name: part.name, abi: part.abi, offsetBytes };
  });
  return {
    kind: 'struct',
    overlapping: units.size < fields.length,
    fields,
    sizeBytes,
    alignmentBytes,
  };
}
