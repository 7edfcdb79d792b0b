import { sizeOf } from '../memory/abi.ts';
import { arenaOf, type ArenaPiece } from '../memory/arena.ts';
import {
  outOfRange,
  positionsWithin,
  within,
  wrongKind,
  type Positions,
} from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import { freedOutput, isFreed, type FreedType } from './freed-type.ts';
import type { Field, OutParameter, Parameter, Returnable } from './parameter.ts';
import type { Memory, ProcessAccess } from '../memory/memory.ts';
import { dataViewOf, readScalar } from '../memory/raw-memory.ts';
import type { StructType } from './struct-type.ts';

/** A box for a scalar that C changes through a pointer. */
export interface Ref<Value> {
  value: Value;
}

/** Makes a box for `byref()`, with what C sees first. */
export function ref<Value>(value: Value): Ref<Value> {
  return { value };
}

function isStruct(type: Field<unknown>): boolean {
  return typeof type.fieldAbi === 'object' && type.fieldAbi.kind === 'struct';
}

function countIn(type: Field<unknown>, raw: unknown): number {
  const { fieldAbi } = type;
  if (raw === null || typeof fieldAbi !== 'string') return 0;
  return Number(readScalar(dataViewOf(raw as Uint8Array), 0, fieldAbi));
}

/**
 * `T *`, which C reads and writes. A struct is passed as its object, anything else
 * in a {@link ref}; both are updated in place when C has returned.
 *
 * @throws {RangeError} at the call, before C runs, when the object is frozen
 */
export function byref<Value>(type: StructType<Value>): Parameter<Value>;
export function byref<Value>(type: Field<Value>): Parameter<Ref<Value>>;
export function byref(type: Field<unknown>): Parameter<unknown> {
  const size = sizeOf(type.fieldAbi);
  const boxed = !isStruct(type);
  const expected = boxed
    ? `{ value } as ref() makes it (pointer to ${type.description})`
    : `an object (pointer to ${type.description})`;
  return {
    description: `pointer to ${type.description}`,
    abi: 'buffer',
    referent: type.fieldAbi,
    countOf: boxed ? (raw) => countIn(type, raw) : undefined,
    lower(value, at, frame) {
      if (typeof value !== 'object' || value === null || (boxed && !('value' in value))) {
        throw wrongKind(at, expected, value);
      }
      if (Object.isFrozen(value)) throw outOfRange(at, 'an object that is not frozen', value);
      const bytes = new Uint8Array(size);
      const view = dataViewOf(bytes);
      const target = value as Ref<unknown>;
      if (boxed) {
        type.write(view, 0, target.value, within(at, '.value'), frame);
        frame.after(() => {
          target.value = type.read(view, 0, frame.memory);
        });
      } else {
        type.write(view, 0, value, at, frame);
        frame.after(() => {
          if (type.refresh !== undefined) type.refresh(value, view, frame.memory);
          else Object.assign(value, type.read(view, 0, frame.memory));
        });
      }
      return bytes;
    },
    fast(memory, arena) {
      const { bytes, view, address } = arena.take(size);
      const inside: Positions = positionsWithin('.value');
      return {
        abi: 'address',
        memory: bytes,
        lower(value, at, frame) {
          if (typeof value !== 'object' || value === null || (boxed && !('value' in value))) {
            throw wrongKind(at, expected, value);
          }
          if (Object.isFrozen(value)) throw outOfRange(at, 'an object that is not frozen', value);
          if (boxed) type.write(view, 0, (value as Ref<unknown>).value, inside(at), frame);
          else type.write(view, 0, value, at, frame);
          return address;
        },
        after(value) {
          if (boxed) (value as Ref<unknown>).value = type.read(view, 0, memory);
          else if (type.refresh === undefined) {
            Object.assign(value as object, type.read(view, 0, memory));
          } else type.refresh(value, view, memory);
        },
      };
    },
  };
}

/** The type of {@link constRef}. */
export interface ConstRefType<Value> extends Parameter<Readonly<Value>>, Returnable<Value> {
  readonly abi: 'buffer';
}

/**
 * `const T *`, which C only reads. The value is passed directly, and copied. As a
 * result or a callback's argument it is a copy of what C points to.
 *
 * @throws {FfiError} with `ERR_FFI_NULL_RESULT` when C passes NULL
 */
export function constRef<Value>(type: Field<Value>): ConstRefType<Value> {
  const size = sizeOf(type.fieldAbi);
  const read = readerAt(type, size);
  return {
    description: `pointer to const ${type.description}`,
    abi: 'buffer',
    referent: type.fieldAbi,
    reads: size,
    lower(value, at, frame) {
      const bytes = new Uint8Array(size);
      type.write(dataViewOf(bytes), 0, value, at, frame);
      return bytes;
    },
    fast(_memory, arena) {
      const { view, address } = arena.take(size);
      return {
        abi: 'address',
        lower(value, at, frame) {
          type.write(view, 0, value, at, frame);
          return address;
        },
      };
    },
    lift(raw, memory) {
      const address = raw as bigint;
      if (address === 0n) {
        throw new FfiError(
          'ERR_FFI_NULL_RESULT',
          `Cannot read a ${type.description}: C gave a NULL pointer`,
        );
      }
      return read(address, memory);
    },
  };
}

/** Makes what reads a value at an address, through memory that is taken once. */
function readerAt<Value>(
  type: Field<Value>,
  size: number,
): (address: bigint, memory: Memory) => Value {
  const length = BigInt(size);
  let last: ProcessAccess | undefined;
  let piece: ArenaPiece | undefined;
  return (address, memory) => {
    const { process } = memory;
    if (process === undefined) return type.read(dataViewOf(memory.read(address, size)), 0, memory);
    if (process !== last || piece === undefined) {
      last = process;
      piece = arenaOf(process).take(size);
    }
    process.copy(piece.address, address, length);
    return type.read(piece.view, 0, memory);
  };
}

/**
 * `T *`, which C only writes. It takes no argument; the value is appended to the
 * result, which becomes an array. Text that the caller has to free is `freedBy()`.
 */
export function out<Value>(type: FreedType<Value>): OutParameter<Value | null>;
export function out<Value>(type: Field<Value>): OutParameter<Value>;
export function out<Value>(type: Field<Value> | FreedType<Value>): OutParameter<Value | null> {
  return isFreed(type) ? freedOutput(type as FreedType<Value>, outOf) : outOf(type);
}

function outOf<Value>(type: Field<Value>): OutParameter<Value> {
  const size = sizeOf(type.fieldAbi);
  return {
    direction: 'out',
    description: `out ${type.description}`,
    abi: 'buffer',
    allocate() {
      const raw = new Uint8Array(size);
      return { raw, read: (memory) => type.read(dataViewOf(raw), 0, memory) };
    },
    lower() {
      throw new TypeError('Cannot pass an argument for an out(): C writes it');
    },
    fast(memory, arena) {
      const { bytes, view, address } = arena.take(size);
      return {
        abi: 'address',
        memory: bytes,
        lower() {
          bytes.fill(0);
          return address;
        },
        output: () => type.read(view, 0, memory),
      };
    },
  };
}
