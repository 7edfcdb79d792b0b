import type { CRecord, CType } from './c-type.ts';
import type { CompiledLayout } from './compiled-values.ts';
import { flatFields } from './flat-fields.ts';
import type { MappedType, TypeMapper } from './type-mapper.ts';
import { UnmappableType } from './unmappable-type.ts';

/** A field of a struct. */
export interface MappedField {
  readonly name: string;
  readonly mapped: MappedType;
  readonly doc: string;
}

/** A struct that is declared. */
export interface MappedRecord {
  readonly name: string;
  readonly cName: string;
  readonly fields: readonly MappedField[];
  readonly sizeBytes: number;
  readonly doc: string;
}

interface Placed {
  readonly field: MappedField;
  readonly offset: number;
  readonly size: number;
  readonly alignment: number;
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
 * Declares a struct whose layout is the one that typed-ffi computes, by the compiler's word.
 *
 * @throws {UnmappableType} when it cannot be expressed.
 */
export function mapRecord(record: CRecord, mapper: TypeMapper): MappedRecord {
  const { cName, fields } = record;
  if (fields === null) throw new UnmappableType('its fields are not declared');
  if (record.isUnion) throw new UnmappableType('it is a union');
  if (fields.length === 0) throw new UnmappableType('it has no fields');
  const layout = mapper.values.layouts.get(record.key);
  if (cName === null || layout === undefined) {
    throw new UnmappableType('it has no name by which the compiler could tell its layout');
  }
  const placed = placeFields(record, layout, mapper);
  checkNatural(placed, layout);
  const name = mapper.names.pick(record.typedefName ?? nameOf(record));
  return {
    name,
    cName,
    fields: placed.map(({ field }) => field),
    sizeBytes: layout.sizeBytes,
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

function placeFields(record: CRecord, layout: CompiledLayout, mapper: TypeMapper): Placed[] {
  const placed: Placed[] = [];
  for (const [i, field] of flatFields(record, mapper.header.records).entries()) {
    if (field.bits !== '') throw new UnmappableType('it has bit fields');
    if (field.name === '') throw new UnmappableType('it has an anonymous union in it');
    const mapped = mapField(field.type, mapper, field.name);
    const at = layout.fields.get(i);
    if (at === undefined) {
      throw new UnmappableType(`the compiler knows no size of '${field.name}'`);
    }
    placed.push({
      field: { name: field.name, mapped, doc: field.doc },
      offset: at.offset,
      size: at.size,
      alignment: alignmentOf(field.type, mapper),
    });
  }
  return placed;
}

/** Compares where the compiler puts the fields with where typed-ffi would. */
function checkNatural(placed: readonly Placed[], layout: CompiledLayout): void {
  let end = 0;
  let whole = 1;
  for (const { field, offset, size, alignment } of placed) {
    const natural = Math.ceil(end / alignment) * alignment;
    if (offset !== natural) {
      throw new UnmappableType(
        `it is packed or aligned: '${field.name}' is at ${offset}, not at ${natural}`,
      );
    }
    end = natural + size;
    whole = Math.max(whole, alignment);
  }
  const natural = Math.ceil(end / whole) * whole;
  if (layout.sizeBytes !== natural) {
    throw new UnmappableType(
      `it is packed or aligned: it has ${layout.sizeBytes} bytes, not ${natural}`,
    );
  }
}

/** Returns the alignment that typed-ffi gives a field. */
function alignmentOf(type: CType, mapper: TypeMapper): number {
  const scalar = mapper.scalar(type);
  if (scalar !== null) return SCALAR_BYTES[scalar] ?? 8;
  const resolved = mapper.resolve(type);
  if (resolved.kind === 'array') return alignmentOf(resolved.of, mapper);
  if (resolved.kind === 'record') {
    return mapper.values.layouts.get(resolved.key)?.alignmentBytes ?? 8;
  }
  return 8;
}

function mapField(type: CType, mapper: TypeMapper, name: string): MappedType {
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
      throw new UnmappableType(`the array '${name}' in it has no length of its own`);
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
        `'${name}' in it is ${what.startsWith('__typeof__') ? 'a record' : `'${what}'`}: ${mapper.whyNot(resolved.key)}`,
      );
    }
    return mapper.same(inner.name, inner.name);
  }
  throw new UnmappableType(`'${name}' in it is ${mapper.noCounterpart(type)}`);
}
