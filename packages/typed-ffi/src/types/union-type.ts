import { hasPointers, overlay, type StructAbi } from '../memory/abi.ts';
import { within, wrongKind, type ArgumentPosition } from '../errors/argument-position.ts';
import { callerFrame } from './caller-frame.ts';
import { FfiError } from '../errors/errors.ts';
import type { Field } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';
import { processDomain } from '../memory/process-domain.ts';
import { dataViewOf } from '../memory/raw-memory.ts';
import {
  checkedFields,
  type StructFields,
  type StructType,
  type StructValue,
} from './struct-type.ts';

/** A union declared with {@link union}. */
export interface UnionType<F extends StructFields> extends StructType<StructValue<F>> {
  /** Makes a value with one member set, and all other bytes 0. */
  of(member: OneOf<F>): StructValue<F>;
}

/** Exactly one member. */
export type OneOf<F extends StructFields> = {
  [K in keyof F]: { readonly [M in K]: StructValue<F>[M] } & {
    readonly [M in Exclude<keyof F, K>]?: never;
  };
}[keyof F];

/** The bytes behind the members of a value. */
interface UnionState {
  readonly type: object;
  readonly bytes: Uint8Array;
  memory: Memory | undefined;
  /** The member that JavaScript has set; undefined as long as the bytes are C's. */
  written: string | undefined;
}

const states = new WeakMap<object, UnionState>();

/**
 * Declares a C union. A value of it shows the same bytes as each of its members, which
 * can be read and set; `of()` makes one. C does not say which member is meant, so reading
 * another one than was written gives what the bytes happen to be, as in C. A pointer is
 * read only from bytes that C has written.
 *
 * @throws {TypeError} when there is no member or a name is not a C identifier
 */
export function union<const F extends StructFields>(
  members: F,
  name = 'union',
  options: { readonly packBytes?: 1 | 2 | 4 | 8 | 16 | undefined } = {},
): UnionType<F> {
  const entries = checkedFields(members, name);
  const layout: StructAbi = overlay(
    entries.map(([member, type]) => ({ name: member, abi: type.fieldAbi })),
    options.packBytes,
  );
  const identity = {};
  const names = entries.map(([member]) => member);
  const expected = `a value of ${name}, as C gives it or of({ ${names.join(' | ')} }) makes it`;

  const prototype: object = Object.create(null, {
    ...Object.fromEntries(
      entries.map(([member, type]) => [member, memberAccess(name, member, type)]),
    ),
    toJSON: {
      value(this: object) {
        return Object.fromEntries(names.map((member) => [member, (this as never)[member]]));
      },
    },
  });
  const make = (bytes: Uint8Array, memory: Memory | undefined): StructValue<F> => {
    const value = Object.create(prototype) as object;
    states.set(value, { type: identity, bytes, memory, written: undefined });
    return value as StructValue<F>;
  };
  const pointers = hasPointers(layout);
  const bytesOf = (value: unknown, at: ArgumentPosition, memory: Memory): Uint8Array => {
    const state = typeof value === 'object' && value !== null ? states.get(value) : undefined;
    if (state?.type !== identity) throw wrongKind(at, expected, value);
    const { domain } = state.memory ?? { domain: processDomain };
    if (pointers && domain !== memory.domain) {
      throw new FfiError(
        'ERR_FFI_POINTER_RELEASED',
        `Cannot call ${at.functionName}(): ${at.place} holds a pointer of another process`,
      );
    }
    return state.bytes;
  };

  const type: UnionType<F> = {
    description: name,
    abi: layout,
    fieldAbi: layout,
    sizeBytes: layout.sizeBytes,
    offsets: Object.fromEntries(names.map((member) => [member, 0])),
    fields: members,
    of(member) {
      const given = Object.keys(member);
      const [only = ''] = given;
      if (given.length !== 1 || !names.includes(only)) {
        throw new TypeError(
          `Cannot make a value of ${name}: it takes exactly one of ${names.join(', ')}, got ${given.join(', ') || 'none'}`,
        );
      }
      const value = make(new Uint8Array(layout.sizeBytes), undefined);
      (value as Record<string, unknown>)[only] = (member as Record<string, unknown>)[only];
      return value;
    },
    write(view, offset, value, at, frame) {
      const bytes = bytesOf(value, at, frame.memory);
      new Uint8Array(view.buffer, view.byteOffset + offset, bytes.length).set(bytes);
    },
    read(view, offset, memory) {
      const start = view.byteOffset + offset;
      return make(new Uint8Array(view.buffer, start, layout.sizeBytes).slice(), memory);
    },
    lower(value, at, frame) {
      return bytesOf(value, at, frame.memory).slice();
    },
    lift(raw, memory) {
      return make((raw as Uint8Array).slice(), memory);
    },
    /** Puts what C has left into the value itself. */
    refresh(value, view, memory) {
      const state = states.get(value as object);
      if (state === undefined) return;
      state.bytes.set(new Uint8Array(view.buffer, view.byteOffset, layout.sizeBytes));
      state.memory = memory;
      state.written = undefined;
    },
  };
  return type;
}

function memberAccess(name: string, member: string, type: Field<unknown>): PropertyDescriptor {
  const at: ArgumentPosition = { functionName: name, place: 'the value' };
  const pointers = hasPointers(type.fieldAbi);
  return {
    enumerable: true,
    get(this: object) {
      const state = states.get(this);
      if (state === undefined) return undefined;
      const foreign = state.written !== undefined && state.written !== member;
      if (pointers && (foreign || state.memory === undefined)) {
        throw new TypeError(
          `Cannot read the pointer ${name}.${member}: C has not written the bytes of this value`,
        );
      }
      return type.read(dataViewOf(state.bytes), 0, state.memory as Memory);
    },
    set(this: object, value: unknown) {
      const state = states.get(this);
      if (state === undefined) return;
      const copy = state.bytes.slice();
      type.write(dataViewOf(copy), 0, value, within(at, `.${member}`), callerFrame(state.memory));
      state.bytes.set(copy);
      state.written = member;
    },
  };
}
