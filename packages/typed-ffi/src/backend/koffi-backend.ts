import { createRequire } from 'node:module';

import type { LibraryHandle, TypeObject } from 'koffi';

import type { Abi, CallbackAbi, FieldAbi, ScalarAbi, Signature, StructAbi } from '../abi.ts';
import { FfiError } from '../errors.ts';
import type { Memory } from '../parameter.ts';
import { processDomain } from '../process-domain.ts';
import { dataViewOf, readTree, writeTree, type RawTree } from '../raw-memory.ts';
import type { Backend, BackendLibrary, BindOptions, RawFunction } from './backend.ts';
import { libraryError, symbolError, unsupported } from './backend-errors.ts';

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

  constructor() {
    const koffi = loadKoffi();
    this.#koffi = koffi;
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
      return new KoffiLibrary(this.#koffi, this.#koffi.load(path), path);
    } catch (cause) {
      throw libraryError(path ?? '', cause);
    }
  }
}

class KoffiLibrary implements BackendLibrary {
  readonly #koffi: Koffi;
  readonly #library: LibraryHandle;
  readonly #path: string | null;

  constructor(koffi: Koffi, library: LibraryHandle, path: string | null) {
    this.#koffi = koffi;
    this.#library = library;
    this.#path = path;
  }

  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction {
    const { parameters, result } = signature;
    const { errno, offThread } = options;
    if (errno && offThread) {
      throw unsupported('koffi', symbol, 'report errno of a call off the main thread');
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
          bound.async(...toKoffi(values), (error: unknown, value: unknown) => {
            if (error) reject(error);
            else resolve(liftFromKoffi(result, value));
          });
        });
    }
    if (errno) {
      return (...values) => {
        koffi.errno(0);
        const value = bound(...toKoffi(values));
        return { value: liftFromKoffi(result, value), errno: koffi.errno() };
      };
    }
    const asIs = typeof result === 'string' && !/^(i64|u64|address|buffer)$/.test(result);
    if (asIs && !structs) return bound;
    return (...values) => liftFromKoffi(result, bound(...toKoffi(values)));
  }

  #type(abi: Abi, place: 'parameter' | 'result'): KoffiType {
    const koffi = this.#koffi;
    if (abi === 'buffer') return place === 'parameter' ? 'void *' : 'uint64_t';
    if (typeof abi === 'string') return SCALARS[abi];
    if (abi.kind === 'struct') return structType(koffi, abi);
    return koffi.pointer(
      koffi.proto(
        SCALARS[abi.result],
        abi.parameters.map((part) => SCALARS[part]),
      ),
    );
  }
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
  if (typeof abi !== 'object') return value;
  if (abi.kind === 'struct') return readTree(dataViewOf(value as Uint8Array), 0, abi);
  return callbackForKoffi(abi, value as RawFunction);
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
