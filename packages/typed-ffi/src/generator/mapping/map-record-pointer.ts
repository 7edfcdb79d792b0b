import { isConst, type CType } from '../header/c-type.ts';
import type { ParameterHint } from './hints.ts';
import { lentMemory } from './lent-memory.ts';
import { mayBeMany, wantedHint } from './parameter-doubts.ts';
import { product, type Length, type ParameterContext } from './parameter-length.ts';
import type { TypeMapper } from './type-mapper.ts';
import type { MappedType } from './mapped-type.ts';
import { UnmappableType, WantedHint } from './unmappable-type.ts';

/** A pointer to a struct or union. */
export interface RecordPointer {
  readonly key: string;
  readonly to: CType;
  readonly length: Length | undefined;
}

/**
 * Maps a pointer to a struct or union: as an object, as the bytes of one or several, or
 * as memory of C's own where C makes such structs itself.
 *
 * @throws {WantedHint} when the header leaves open which of them it is
 */
export function mapRecordPointer(
  mapper: TypeMapper,
  hint: ParameterHint,
  context: ParameterContext,
  { key, to, length }: RecordPointer,
): MappedType {
  const name = context.names[context.index] ?? '';
  const { bytes, released, unchecked } = hint;
  const out = hint.out ?? context.facts.out ?? false;
  const byref = hint.byref ?? context.facts.byref ?? false;
  if (length !== undefined || bytes === true || unchecked === true) {
    const declared = mapper.header.records.get(key);
    const size = declared === undefined ? null : mapper.sizeOf(declared);
    if (size === null) {
      throw new TypeError(
        `Cannot apply the hint for ${context.functionName}(): the header does not say ` +
          `how long '${mapper.describe(to)}' is, to which '${name}' points`,
      );
    }
    const isOpen = length === undefined && bytes !== true;
    const needed = isOpen ? undefined : product(length ?? 1, size);
    return lentMemory(mapper, context, {
      name: 'bytes',
      argument: 'ArrayBufferView',
      to,
      length: needed,
    });
  }
  const byValue = out || byref;
  const ofC = released === true || (mapper.isMadeByC(key) && !byValue);
  const record = ofC ? null : mapper.record(key);
  if (record === null) {
    if (byValue) {
      throw new UnmappableType(
        `parameter '${name}' points to '${mapper.describe(to)}': ${mapper.whyNot(key)}`,
      );
    }
    const mapped = mapper.opaque(mapper.tagOf(to));
    if (released !== true) return mapped;
    return { ...mapped, expression: mapper.use('released', mapped.expression) };
  }
  const mapped = mapper.same(record.name, record.name);
  if (out) return { ...mapped, expression: mapper.use('out', record.name), argument: null };
  if (!byref && mayBeMany(mapper, context)) {
    throw wantedHint(mapper, name, to, 'length', 'byref', 'opaque');
  }
  if (isConst(to) || isConst(mapper.resolve(to))) {
    const argument = `Readonly<${record.name}>`;
    return { ...mapped, expression: mapper.use('constRef', record.name), argument };
  }
  if (!byref && mapper.hasPointers(key)) {
    throw new WantedHint(
      `\`${name}\` may be kept by C: say \`byref\`, \`out\` or \`opaque\` in the hints`,
      ['byref', 'out', 'opaque'],
    );
  }
  return { ...mapped, expression: mapper.use('byref', record.name) };
}
