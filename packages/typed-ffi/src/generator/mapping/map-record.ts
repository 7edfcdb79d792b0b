import { MOST_STRUCT_BYTES } from '../../memory/abi.ts';
import type { CRecord, CType } from '../header/c-type.ts';
import type { CompiledBits, CompiledLayout } from '../compiled/compiled-values.ts';
import { flatFields } from '../header/flat-fields.ts';
import type { MappedField, MappedRecord, MappedType } from './mapped-type.ts';
import type { TypeMapping } from './type-mapping.ts';
import { UnmappableType } from './unmappable-type.ts';

interface Placed {
  readonly field: MappedField;
  readonly offset: number;
  readonly size: number;
  readonly alignment: number;
  readonly isBits: boolean;
}

const SCALAR_BYTES: Readonly<Record<string, number>> = {
  bool: 1,
  char: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
};

/**
 * Declares a struct or union with the layout that the compiler gives it.
 *
 * @throws {UnmappableType} when it cannot be expressed
 */
export function mapRecord(record: CRecord, mapper: TypeMapping): MappedRecord {
  const { cName, fields, isUnion } = record;
  if (fields === null) throw new UnmappableType('its fields are not declared');
  if (fields.length === 0) throw new UnmappableType('it has no fields');
  const layout = mapper.values.layouts.get(record.key);
  if (cName === null || layout === undefined) {
    throw new UnmappableType('it has no name by which the compiler could tell its layout');
  }
  // Memory of JavaScript may begin at any multiple of 8.
  if (layout.alignmentBytes > 8) {
    throw new UnmappableType(`it is aligned to ${layout.alignmentBytes} bytes`);
  }
  const placed = placeFields(record, layout, mapper);
  if (isUnion) checkUnion(placed, layout);
  const isPlain = isUnion || isNatural(placed, layout);
  const name = mapper.names.pick(record.typedefName ?? nameOf(record));
  return {
    name,
    cName,
    isUnion,
    fields: placed.map(({ field }) => field),
    layout: isPlain
      ? null
      : {
          sizeBytes: layout.sizeBytes,
          alignmentBytes: layout.alignmentBytes,
          offsets: placed.map(({ field, offset }) => [field.name, offset]),
        },
    doc: record.doc,
  };
}

function nameOf({ key, hasTag, cName }: CRecord): string {
  if (hasTag) return key;
  // __typeof__(((struct outer *)0)->inner) is outer_inner.
  return (cName ?? key)
    .replaceAll(/__typeof__|struct|union|\[0\]|[()*]|\b0\b/g, ' ')
    .trim()
    .replaceAll(/\W+/g, '_');
}

function placeFields(record: CRecord, layout: CompiledLayout, mapper: TypeMapping): Placed[] {
  const placed: Placed[] = [];
  for (const [i, { name, type, bits, doc }] of flatFields(
    record,
    mapper.header.records,
  ).entries()) {
    // Bits without a name are padding.
    if (name === '' && bits !== '') continue;
    if (name === '') throw new UnmappableType('it has an anonymous union in it');
    const at = layout.fields.get(i);
    if (bits !== '') {
      placed.push(placeBits(name, type, doc, layout.bits.get(i), layout, mapper));
      continue;
    }
    const mapped = mapField(type, mapper, name);
    if (at === undefined) throw new UnmappableType(`the compiler knows no size of '${name}'`);
    placed.push({
      field: { name, mapped, doc },
      offset: at.offset,
      size: at.size,
      alignment: alignmentOf(type, mapper),
      isBits: false,
    });
  }
  return placed;
}

/** Finds an integer in the struct that has all bits of a bit field in it. */
function placeBits(
  name: string,
  type: CType,
  doc: string,
  bits: CompiledBits | undefined,
  layout: CompiledLayout,
  mapper: TypeMapping,
): Placed {
  const scalar = mapper.scalar(type);
  if (bits === undefined || scalar === null || bits.width === 0) {
    throw new UnmappableType(`the compiler knows no bits of '${name}'`);
  }
  const declared = scalar === 'bool' ? 1 : (SCALAR_BYTES[scalar] ?? 8);
  const sizes = [declared, 1, 2, 4, 8];
  for (const size of sizes) {
    const unitBits = size * 8;
    for (const offset of [
      Math.floor(bits.first / unitBits) * size,
      Math.min(Math.floor(bits.first / 8), layout.sizeBytes - size),
    ]) {
      const start = bits.first - offset * 8;
      if (offset < 0 || offset + size > layout.sizeBytes) continue;
      if (start < 0 || start + bits.width > unitBits) continue;
      const unit = scalar === 'bool' ? 'bool' : `${bits.isSigned ? 'i' : 'u'}${unitBits}`;
      const value = scalar === 'bool' ? 'boolean' : size === 8 ? 'bigint' : 'number';
      const mapped = mapper.same(
        mapper.use('bitField', `'${unit}'`, String(start), String(bits.width)),
        value,
      );
      return { field: { name, mapped, doc }, offset, size, alignment: 1, isBits: true };
    }
  }
  throw new UnmappableType(`no integer of the struct has all bits of '${name}'`);
}

/** Tells whether typed-ffi puts the fields where the compiler does. */
function isNatural(placed: readonly Placed[], layout: CompiledLayout): boolean {
  let end = 0;
  let whole = 1;
  for (const { offset, size, alignment, isBits } of placed) {
    const natural = Math.ceil(end / alignment) * alignment;
    if (isBits || offset !== natural) return false;
    end = natural + size;
    whole = Math.max(whole, alignment);
  }
  return layout.sizeBytes === Math.ceil(end / whole) * whole && layout.alignmentBytes === whole;
}

/** A union is as its members make it, or cannot be declared. */
function checkUnion(placed: readonly Placed[], layout: CompiledLayout): void {
  if (placed.some(({ isBits }) => isBits)) throw new UnmappableType('it is a union of bit fields');
  const alignment = Math.max(...placed.map((one) => one.alignment));
  const size = Math.max(...placed.map((one) => one.size));
  const natural = Math.ceil(size / alignment) * alignment;
  if (layout.sizeBytes !== natural || layout.alignmentBytes !== alignment) {
    throw new UnmappableType(
      `it is a union that is packed or aligned: it has ${layout.sizeBytes} bytes, not ${natural}`,
    );
  }
}

/** Returns the alignment that typed-ffi gives a field. */
function alignmentOf(type: CType, mapper: TypeMapping): number {
  const scalar = mapper.scalar(type);
  if (scalar !== null) return SCALAR_BYTES[scalar] ?? 8;
  const resolved = mapper.resolve(type);
  if (resolved.kind === 'array') return alignmentOf(resolved.of, mapper);
  if (resolved.kind === 'record') {
    return mapper.values.layouts.get(resolved.key)?.alignmentBytes ?? 8;
  }
  return 8;
}

/**
 * Maps what lies in memory: a field, or a variable.
 *
 * @throws {UnmappableType} when it cannot be expressed
 */
export function mapField(type: CType, mapper: TypeMapping, name: string): MappedType {
  const scalar = mapper.scalar(type);
  if (scalar !== null) return mapper.scalarType(scalar);
  const resolved = mapper.resolve(type);
  if (resolved.kind === 'pointer') {
    const named = type.kind === 'named' && mapper.resolve(resolved.to).kind === 'function';
    return mapper.opaque(named ? type.name : mapper.tagOf(resolved.to));
  }
  if (resolved.kind === 'array') {
    const length = mapper.values.constants.get(resolved.bound);
    if (typeof length !== 'number' || length < 1) {
      throw new UnmappableType(`the array '${name}' has no length of its own`);
    }
    if (length * alignmentOf(resolved.of, mapper) > MOST_STRUCT_BYTES) {
      throw new UnmappableType(`the array '${name}' is too large to be copied at each call`);
    }
    if (mapper.scalar(resolved.of) === 'char') {
      return mapper.same(mapper.use('charArray', String(length)), 'string');
    }
    const element = mapField(resolved.of, mapper, name);
    return mapper.same(
      mapper.use('fixedArray', element.expression, String(length)),
      `(${element.value})[]`,
    );
  }
  if (resolved.kind === 'record') {
    const inner = mapper.record(resolved.key);
    if (inner === null) {
      const what = mapper.describe(resolved);
      throw new UnmappableType(
        `'${name}' is ${what.startsWith('__typeof__') ? 'a record' : `'${what}'`}: ${mapper.whyNot(resolved.key)}`,
      );
    }
    return mapper.same(inner.name, inner.name);
  }
  throw new UnmappableType(`'${name}' is ${mapper.noCounterpart(type)}`);
}
