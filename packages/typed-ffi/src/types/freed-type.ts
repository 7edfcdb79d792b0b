import { readScalar, dataViewOf } from '../memory/raw-memory.ts';
import type { Field, OutParameter, Returnable } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';

/** A type declared with {@link freedBy}. */
export interface FreedType<Value> extends Returnable<Value | null> {
  readonly abi: 'buffer';
  /** What is copied before it is freed. */
  readonly copied: Returnable<Value>;
  /** The C name of the function that frees it. */
  readonly release: string;
}

/**
 * Memory that C has made for the caller, who has to free it: `freedBy('sqlite3_free', cString)`
 * is the text, copied, and `sqlite3_free()` has been called when the function returns. NULL is
 * null, and nothing is freed. It is a result, or behind an `out()`.
 *
 * @param release the C name of a function that takes the pointer; it is looked up in the
 *   library of the function, and in those that the library needs, so that `free` is found too
 * @param type `cString`, `stringArray()`, whose texts are not freed, or `constRef()`
 * @throws {TypeError} when the name is none, or the type is not read through a pointer
 */
export function freedBy<Value>(
  release: string,
  type: Returnable<Value> & { readonly abi: 'buffer' },
): FreedType<Value> {
  if (typeof release !== 'string' || !/^[A-Za-z_]\w*$/.test(release)) {
    throw new TypeError(`Cannot free by '${String(release)}': it must be the name of a C function`);
  }
  if ((type as unknown as Returnable<Value> | undefined)?.abi !== 'buffer' || 'release' in type) {
    throw new TypeError(
      `Cannot free by ${release}() what is no pointer: the type must be cString, stringArray() ` +
        'or constRef()',
    );
  }
  return {
    description: `${type.description} (freed by ${release})`,
    abi: 'buffer',
    copied: type,
    release,
    lift: () => unbound(release),
    forLibrary(access) {
      const free = access.release(release);
      return {
        description: type.description,
        abi: 'buffer',
        lift: (raw, memory) =>
          copyAndFree(raw as bigint, free, (address) => type.lift(address, memory)),
      };
    },
  };
}

/**
 * Makes an out-parameter of text that the caller has to free.
 *
 * @throws {TypeError} when it is no text
 */
export function freedOutput<Value>(
  type: FreedType<Value>,
  out: (type: Field<Value>) => OutParameter<Value>,
): OutParameter<Value | null> {
  const { copied, release } = type;
  if (!('fieldAbi' in copied)) {
    throw new TypeError(`Cannot use a ${type.description} as an output: it must be text`);
  }
  const inner = out(copied as unknown as Field<Value>);
  const made: OutParameter<Value | null> = { ...inner };
  return {
    ...made,
    allocate: () => ({ raw: new Uint8Array(8), read: () => unbound(release) }),
    fast: undefined,
    forLibrary(access): OutParameter<Value | null> {
      const free = access.release(release);
      const read = (view: DataView, value: () => Value): Value | null =>
        copyAndFree(readScalar(view, 0, 'address') as bigint, free, value);
      return {
        ...made,
        allocate() {
          const { raw, read: readInner } = inner.allocate();
          const view = dataViewOf(raw);
          return { raw, read: (memory: Memory) => read(view, () => readInner(memory)) };
        },
        fast(memory, arena, takesText) {
          const fast = inner.fast?.(memory, arena, takesText);
          const bytes = fast?.memory;
          if (fast === undefined || bytes === undefined) return undefined;
          const view = dataViewOf(bytes);
          return { ...fast, output: () => read(view, () => fast.output?.() as Value) };
        },
      };
    },
  };
}

function copyAndFree<Value>(
  raw: bigint,
  free: (address: bigint) => void,
  copy: (address: bigint) => Value,
): Value | null {
  const address = BigInt.asUintN(64, raw);
  if (address === 0n) return null;
  try {
    return copy(address);
  } finally {
    free(address);
  }
}

function unbound(release: string): never {
  throw new TypeError(
    `Cannot free by ${release}() here: freedBy() is for the result of fn(), or an out() of it`,
  );
}

/** Tells what is freed after it has been copied. */
export function isFreed(type: object): type is FreedType<unknown> {
  return 'release' in type && 'copied' in type;
}
