import { outOfRange, wrongKind } from '../errors/argument-position.ts';
import type { Field } from './parameter.ts';
import { readScalar, writeScalar } from '../memory/raw-memory.ts';
import { sizeOf, type ScalarAbi } from '../memory/abi.ts';

/** The integer that a bit field is a part of. */
export type BitFieldUnit = 'bool' | 'i16' | 'i32' | 'i64' | 'i8' | 'u16' | 'u32' | 'u64' | 'u8';

/** A bit field, and which bits of its unit it has. */
export interface BitFieldType<Value> extends Field<Value> {
  readonly bits: { readonly start: number; readonly width: number };
}

/**
 * A bit field of a struct (`unsigned low : 3`), of at most 64 bits. Its unit lies where
 * the struct's `layout` says, which such a struct must have: how bit fields are packed is
 * the compiler's choice. A number, or a bigint in a unit of 64 bits; `bool` is a boolean.
 *
 * @param start the first of its bits, counted from the lowest of its unit
 * @throws {RangeError} when the bits are not in the unit
 */
export function bitField(
  unit: 'i16' | 'i32' | 'i8' | 'u16' | 'u32' | 'u8',
  start: number,
  width: number,
): BitFieldType<number>;
export function bitField(unit: 'i64' | 'u64', start: number, width: number): BitFieldType<bigint>;
export function bitField(unit: 'bool', start: number, width: number): BitFieldType<boolean>;
export function bitField(
  unit: BitFieldUnit,
  start: number,
  width: number,
): BitFieldType<bigint> | BitFieldType<boolean> | BitFieldType<number> {
  const signed = unit.startsWith('i');
  const wide = unit.endsWith('64');
  const stored = (unit === 'bool' ? 'u8' : unit.replace('i', 'u')) as ScalarAbi;
  const unitBits = sizeOf(stored) * 8;
  const inside = Number.isSafeInteger(start) && Number.isSafeInteger(width) && start >= 0;
  if (!inside || width < 1 || start + width > unitBits) {
    throw new RangeError(
      `Cannot declare a bit field of ${width} bits from bit ${start}: ${unit} has ${unitBits}`,
    );
  }
  const mask = (1n << BigInt(width)) - 1n;
  const low = signed ? -(1n << BigInt(width - 1)) : 0n;
  const high = signed ? -low - 1n : mask;
  const expected = `${wide ? 'a bigint' : 'an integer'} from ${low} to ${high} (${unit} of ${width} bits)`;
  const field: Omit<BitFieldType<never>, 'read'> = {
    description: `${unit} : ${width}`,
    fieldAbi: stored,
    bits: { start, width },
    write(view, offset, value, at) {
      if (unit === 'bool' && typeof value !== 'boolean') {
        throw wrongKind(at, 'true or false (bool)', value);
      }
      const integer =
        typeof value === 'bigint' || typeof value === 'boolean' || Number.isSafeInteger(value);
      if (!integer || (typeof value === 'boolean' && unit !== 'bool')) {
        throw wrongKind(at, expected, value);
      }
      const bits = BigInt(value as bigint | boolean | number);
      if (bits < low || bits > high) throw outOfRange(at, expected, value);
      const before = BigInt(readScalar(view, offset, stored));
      const kept = before & ~(mask << BigInt(start));
      const changed = kept | ((bits & mask) << BigInt(start));
      writeScalar(view, offset, stored, wide ? changed : Number(changed));
    },
  };
  const raw = (view: DataView, offset: number): bigint => {
    const bits = (BigInt(readScalar(view, offset, stored)) >> BigInt(start)) & mask;
    return signed ? BigInt.asIntN(width, bits) : bits;
  };
  if (unit === 'bool') return { ...field, read: (view, offset) => raw(view, offset) !== 0n };
  if (wide) return { ...field, read: raw };
  return { ...field, read: (view, offset) => Number(raw(view, offset)) };
}
