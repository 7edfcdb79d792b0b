import { compileFunction } from 'node:vm';

import {
  positionsWithin,
  type ArgumentPosition,
  type Positions,
} from '../errors/argument-position.ts';
import type { Field, Frame } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';

/** A field of a struct, and where it lies. */
export interface StructMember {
  readonly field: string;
  readonly type: Field<unknown>;
  readonly offset: number;
}

/** Stores an object's fields. */
export type WriteFields = (
  view: DataView,
  offset: number,
  value: unknown,
  at: ArgumentPosition,
  frame: Frame,
) => void;

/** Makes an object of the fields. */
export type ReadFields = (view: DataView, offset: number, memory: Memory) => unknown;

/** How DataView gets a number that is the value as it is. */
const PLAIN: Readonly<Record<string, string>> = {
  i8: 'getInt8',
  u8: 'getUint8',
  i16: 'getInt16',
  u16: 'getUint16',
  i32: 'getInt32',
  u32: 'getUint32',
  i64: 'getBigInt64',
  u64: 'getBigUint64',
  f32: 'getFloat32',
  f64: 'getFloat64',
};

let serial = 0;

/**
 * Makes the code that stores and reads the fields of one struct: without a loop, and with
 * objects that V8 knows the shape of. Names of fields are C identifiers, so they are safe
 * to write into code.
 */
export function structCode(members: readonly StructMember[]): {
  readonly write: WriteFields;
  readonly read: ReadFields;
} {
  const positions = members.map(({ field }): Positions => positionsWithin(`.${field}`));
  const getter = ({ type }: StructMember): string | undefined =>
    type.description === type.fieldAbi ? PLAIN[type.description] : undefined;
  const writes = members.map((member, i) => {
    const { field, type, offset } = member;
    const checked = `t${i}.write(view, offset + ${offset}, o${i}, p${i}(at), frame)`;
    const store =
      type.description === 'f64' && type.fieldAbi === 'f64'
        ? `if (typeof o${i} === 'number') view.setFloat64(offset + ${offset}, o${i}, true); else ${checked};`
        : type.description === 'i32' && type.fieldAbi === 'i32'
          ? `if ((o${i} | 0) === o${i}) view.setInt32(offset + ${offset}, o${i}, true); else ${checked};`
          : `${checked};`;
    return `const o${i} = object[${JSON.stringify(field)}]; ${store}`;
  });
  const reads = members.map((member, i) => {
    const plain = getter(member);
    const { field, offset } = member;
    const value =
      plain === undefined
        ? `t${i}.read(view, offset + ${offset}, memory)`
        : `view.${plain}(offset + ${offset}, true)`;
    return `[${JSON.stringify(field)}]: ${value}`;
  });
  const source = [
    ...members.map((_, i) => `const t${i} = types[${i}], p${i} = positions[${i}];`),
    'return {',
    `  write(view, offset, object, at, frame) { ${writes.join('\n')} },`,
    `  read(view, offset, memory) { return { ${reads.join(', ')} }; },`,
    `}; // ${serial++}`,
  ].join('\n');
  const types = members.map(({ type }) => type);
  return compileFunction(source, ['types', 'positions'])(types, positions) as {
    readonly write: WriteFields;
    readonly read: ReadFields;
  };
}
