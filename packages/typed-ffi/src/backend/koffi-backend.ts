import { createRequire } from 'node:module';

import type { LibraryHandle, TypeObject } from 'koffi';

import type { Abi, CallbackAbi, FieldAbi, ScalarAbi, Signature, StructAbi } from '../abi.ts';
import { FfiError } from '../errors.ts';
import type { Memory } from '../parameter.ts';
import { processDomain } from '../process-domain.ts';
import { dataViewOf, readTree, writeTree, type RawTree } from '../raw-memory.ts';
import type { Backend, BackendLibrary, BindOptions, RawFunction } from './backend.ts';
import { libraryError, symbolError, unsupported } from './backend-errors.ts';
import { CallbackPool } from './callback-pool.ts';

type Koffi = typeof import('koffi');
type KoffiType = TypeObject | string;

interface KoffiFunction {
  (...values: readonly unknown[]): unknown;
  async(...values: readonly unknown[]): void;
}

const SCALARS: Readonly<Record<ScalarAbi | 'address' | 'void', string>> = {
  void: 'void',
  bool: 'uint8_t',
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int32_t',
  u32: 'uint32_t',
  i64: 'int64_t',
  u64: 'uint64_t',
  f32: 'float',
  f64: 'double',
  address: 'uint64_t',
};

function loadKoffi(): Koffi {
  try {
    const loaded = createRequire(import.meta.url)('koffi') as Koffi & { default?: Koffi };
    return loaded.default ?? loaded;
  } catch (cause) {
    throw new FfiError(
      'ERR_FFI_BACKEND_UNAVAILABLE',
      'Cannot use koffi: it is an optional peer dependency; install it with `npm install koffi`',
      { cause },
    );
  }
}

/** koffi: fast, with structs by value and callbacks, when the user has installed it. */
export class KoffiBackend implements Backend {
  readonly name = 'koffi';
  readonly memory: Memory;
  readonly #koffi: Koffi;
  readonly #callbacks: CallbackPool<bigint>;

  constructor() {
    const koffi = loadKoffi();
    this.#koffi = koffi;
    this.#callbacks = new CallbackPool((abi, target) =>
      koffi.register(callbackForKoffi(abi, target), callbackType(koffi, abi)),
    );
    this.memory = {
      domain: processDomain,
      read: (address, lengthBytes) =>
        lengthBytes === 0
          ? new Uint8Array()
          : Uint8Array.from(
              koffi.decode(address, koffi.array('uint8_t', lengthBytes, 'Typed')) as Uint8Array,
            ),
      readString: (address) => koffi.decode.string(address),
    };
  }

  open(path: string | null): BackendLibrary {
    try {
      return new KoffiLibrary(this.#koffi, this.#callbacks, this.#koffi.load(path), path);
    } catch (cause) {
      throw libraryError(path ?? '', cause);
    }
  }
}

class KoffiLibrary implements BackendLibrary {
  readonly #koffi: Koffi;
  readonly #callbacks: CallbackPool<bigint>;
  readonly #library: LibraryHandle;
  readonly #path: string | null;

  constructor(
    koffi: Koffi,
    callbacks: CallbackPool<bigint>,
    library: LibraryHandle,
    path: string | null,
  ) {
    this.#koffi = koffi;
    this.#callbacks = callbacks;
    this.#library = library;
    this.#path = path;
  }

  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction {
    const { parameters, result } = signature;
    const { errno, offThread } = options;
    if (errno && offThread) {
      throw unsupported('koffi', symbol, 'report errno of a call off the main thread');
    }
    const callbacks = parameters.filter(
      (abi): abi is CallbackAbi => typeof abi === 'object' && abi.kind === 'callback',
    );
    if (!offThread && callbacks.some(({ anyThread }) => anyThread)) {
      throw unsupported(
        'koffi',
        symbol,
        'be called back from other threads while C runs on the main thread; ' +
          'declare it with offThread: true',
      );
    }
    try {
      this.#library.symbol(symbol);
    } catch {
      throw symbolError(this.#path, symbol);
    }
    const bound = this.#library.func(
      symbol,
      this.#type(result, 'result'),
      parameters.map((abi) => this.#type(abi, 'parameter')),
    ) as KoffiFunction;
    const koffi = this.#koffi;
    const structs = parameters.some((abi) => typeof abi === 'object');
    const toKoffi = (values: readonly unknown[]): readonly unknown[] =>
      structs ? values.map((value, i) => valueForKoffi(parameters[i] as Abi, value)) : values;

    if (offThread) {
      return (...values) =>
        new Promise((resolve, reject) => {
          const lent = this.#callbacks.lend(parameters, toKoffi(values));
          bound.async(...lent.values, (error: unknown, value: unknown) => {
            lent.giveBack();
            if (error) reject(error);
            else resolve(liftFromKoffi(result, value));
          });
        });
    }
    const call = callbacks.length === 0 ? bound : withCallbacks(this.#callbacks, parameters, bound);
    if (errno) {
      return (...values) => {
        koffi.errno(0);
        const value = call(...toKoffi(values));
        return { value: liftFromKoffi(result, value), errno: koffi.errno() };
      };
    }
    const asIs = typeof result === 'string' && !/^(i64|u64|address|buffer)$/.test(result);
    if (asIs && !structs) return bound;
    return (...values) => liftFromKoffi(result, call(...toKoffi(values)));
  }

  #type(abi: Abi, place: 'parameter' | 'result'): KoffiType {
    const koffi = this.#koffi;
    if (abi === 'buffer') return place === 'parameter' ? 'void *' : 'uint64_t';
    if (typeof abi === 'string') return SCALARS[abi];
    // A callback has been registered: what is passed is its address.
    return abi.kind === 'struct' ? structType(koffi, abi) : 'void *';
  }
}

function callbackType(koffi: Koffi, abi: CallbackAbi): TypeObject {
  const { result, parameters } = abi;
  return koffi.pointer(
    koffi.proto(
      SCALARS[result],
      parameters.map((part) => SCALARS[part]),
    ),
  );
}

function withCallbacks(
  pool: CallbackPool<bigint>,
  parameters: readonly Abi[],
  bound: RawFunction,
): RawFunction {
  return (...values) => {
    const lent = pool.lend(parameters, values);
    try {
      return bound(...lent.values);
    } finally {
      lent.giveBack();
    }
  };
}

function structType(koffi: Koffi, abi: StructAbi): TypeObject {
  return koffi.struct(
    Object.fromEntries(abi.fields.map(({ name, abi: field }) => [name, fieldType(koffi, field)])),
  );
}

function fieldType(koffi: Koffi, abi: FieldAbi): KoffiType {
  if (typeof abi === 'string') return SCALARS[abi];
  if (abi.kind === 'struct') return structType(koffi, abi);
  return koffi.array(fieldType(koffi, abi.element), abi.length, 'Array');
}

function valueForKoffi(abi: Abi, value: unknown): unknown {
  if (typeof abi !== 'object' || abi.kind !== 'struct') return value;
  return readTree(dataViewOf(value as Uint8Array), 0, abi);
}

function callbackForKoffi(abi: CallbackAbi, target: RawFunction): RawFunction {
  return (...raw) =>
    target(...raw.map((value, i) => liftFromKoffi(abi.parameters[i] ?? 'void', value)));
}

/** koffi returns 64-bit integers as numbers where they fit. */
function liftFromKoffi(abi: Abi, raw: unknown): unknown {
  if (abi === 'i64') return BigInt(raw as number | bigint);
  if (abi === 'u64' || abi === 'address' || abi === 'buffer') {
    return BigInt.asUintN(64, BigInt((raw ?? 0) as number | bigint));
  }
  if (typeof abi !== 'object' || abi.kind !== 'struct') return raw;
  const bytes = new Uint8Array(abi.sizeBytes);
  writeTree(dataViewOf(bytes), 0, abi, raw as RawTree);
  return bytes;
}
