import { wrongKind, type ArgumentPosition } from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import type { Field, Parameter, Returnable } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';
import { readScalar, writeScalar } from '../memory/raw-memory.ts';

interface PointerAccess {
  is(value: unknown): value is Pointer<string>;
  make<T extends string>(tag: T, address: bigint, domain: object): Pointer<T>;
  domainOf(pointer: Pointer<string>): object;
  addressOf(pointer: Pointer<string>): bigint;
  release(pointer: Pointer<string>): void;
}

let access: PointerAccess;

/**
 * A pointer that C has given and whose target only C knows (`sqlite3 *`). It cannot
 * be made or changed by JavaScript, only passed back.
 */
export class Pointer<Tag extends string> {
  readonly #address: bigint;
  readonly #domain: object;
  #released = false;
  /** The name of what it points to. */
  readonly tag: Tag;

  private constructor(tag: Tag, address: bigint, domain: object) {
    this.tag = tag;
    this.#domain = domain;
    this.#address = address;
  }

  /** Whether C has freed what it points to; passing it then throws. */
  get released(): boolean {
    return this.#released;
  }

  static {
    access = {
      is: (value): value is Pointer<string> =>
        typeof value === 'object' && value !== null && #address in value,
      make: (tag, address, domain) => new Pointer(tag, address, domain),
      domainOf: (pointer) => pointer.#domain,
      addressOf: (pointer) => pointer.#address,
      release: (pointer) => {
        pointer.#released = true;
      },
    };
  }
}

/** A pointer type declared with {@link opaque}. */
export interface OpaqueType<Tag extends string>
  extends Parameter<Pointer<Tag>>, Returnable<Pointer<Tag> | null>, Field<Pointer<Tag> | null> {
  readonly abi: 'address';
  readonly tag: Tag;
}

/**
 * Declares a pointer to something that only C knows. NULL from C is null; null is
 * taken as an argument only inside `nullable()`. Pointers with different tags do not
 * mix.
 */
export function opaque<const Tag extends string>(tag: Tag): OpaqueType<Tag> {
  const expected = `a Pointer<'${tag}'> that C has given`;
  const lift = (raw: unknown, memory: Memory): Pointer<Tag> | null => {
    const address = BigInt.asUintN(64, raw as bigint);
    return address === 0n ? null : access.make(tag, address, memory.domain);
  };
  const addressOf = (value: unknown, at: ArgumentPosition, memory: Memory): bigint => {
    if (!access.is(value) || value.tag !== tag) throw wrongKind(at, expected, value);
    if (value.released) {
      throw new FfiError(
        'ERR_FFI_POINTER_RELEASED',
        `Cannot call ${at.functionName}(): ${at.place} is a ${tag} pointer that has been released`,
      );
    }
    if (access.domainOf(value) !== memory.domain) {
      throw new FfiError(
        'ERR_FFI_POINTER_RELEASED',
        `Cannot call ${at.functionName}(): ${at.place} is a ${tag} pointer of another process`,
      );
    }
    return access.addressOf(value);
  };
  return {
    tag,
    description: `${tag} *`,
    abi: 'address',
    fieldAbi: 'address',
    lower: (value, at, frame) => addressOf(value, at, frame.memory),
    lift,
    write(view, offset, value, at, frame) {
      const address = value === null ? 0n : addressOf(value, at, frame.memory);
      writeScalar(view, offset, 'address', address);
    },
    read(view, offset, memory) {
      return lift(readScalar(view, offset, 'address'), memory);
    },
  };
}

/**
 * A pointer that the function frees (`sqlite3_close`): it is marked as released
 * before C runs, so that a second use is an error instead of a crash.
 */
export function released<Tag extends string>(type: OpaqueType<Tag>): Parameter<Pointer<Tag>> {
  return {
    description: `${type.description} (released)`,
    abi: 'address',
    framed: true,
    lower(value, at, frame) {
      const address = type.lower(value, at, frame);
      frame.before(() => access.release(value as Pointer<Tag>));
      return address;
    },
  };
}
