import { compileFunction } from 'node:vm';

import type { LibraryHandle, TypeObject } from 'koffi';

import {
  isCallback,
  type Abi,
  type CallbackAbi,
  type ScalarAbi,
  type Signature,
} from '../memory/abi.ts';
import { FfiError } from '../errors/errors.ts';
import type { Memory } from '../types/parameter.ts';
import { shimCall, type ShimDoor } from '../shim/shim-call.ts';
import { shimFile } from '../shim/shim-file.ts';
import { Shim } from '../shim/shim.ts';
import type {
  Backend,
  BackendLibrary,
  BindOptions,
  KeptFunctionPointer,
  LinkOptions,
  RawFunction,
} from './backend.ts';
import { checkPointers, unsupported } from './backend-errors.ts';
import { CallQueue } from './call-queue.ts';
import { CallbackPool, withCallbacks } from './callback-pool.ts';
import { keepLoaded } from './link-flags.ts';
import { loadAddon } from './load-addon.ts';
import { needsShim, ShimLibrary } from './shim-library.ts';

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

/** How many parameters koffi takes. */
const MOST_PARAMETERS = 64;

function unavailable(reason: string, cause?: unknown): FfiError {
  return new FfiError('ERR_FFI_BACKEND_UNAVAILABLE', `Cannot use koffi: ${reason}`, { cause });
}

function loadKoffi(): { readonly koffi: Koffi; readonly addon: string | undefined } {
  try {
    const { exports, file } = loadAddon('koffi');
    const loaded = exports as Koffi & { default?: Koffi };
    return { koffi: loaded.default ?? loaded, addon: file };
  } catch (cause) {
    throw unavailable(
      'it is an optional peer dependency; install it with `npm install koffi`',
      cause,
    );
  }
}

/** Runs a call on one of koffi's threads. */
function later(bound: KoffiFunction, values: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    bound.async(...values, (error: unknown, value: unknown) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

function throughShim(koffi: Koffi): Shim {
  const file = shimFile();
  if (file === undefined) {
    throw unavailable('there is no shim for this machine in the package');
  }
  const library = koffi.load(file);
  const address = library.func('sockpool_address', 'uint64_t', ['void *']) as KoffiFunction;
  const describe = library.func('sockpool_describe', 'void', ['void *']) as KoffiFunction;
  const calls: KoffiFunction[] = [];
  const call = (count: number): KoffiFunction => {
    calls[count] ??= library.func('sockpool_call', 'void', [
      'double',
      ...Array.from({ length: count }, () => 'void *'),
    ]) as KoffiFunction;
    return calls[count];
  };
  const door: ShimDoor = {
    addressOf: (view) => BigInt(address(view) as number | bigint),
    call(frame, pointers) {
      call(pointers.length)(frame, ...pointers);
    },
    async callOffThread(frame, pointers) {
      await later(call(pointers.length), [frame, ...pointers]);
    },
  };
  return new Shim(door, (table) => describe(table));
}

/** koffi: fast, with callbacks, when the user has installed it. */
export class KoffiBackend implements Backend {
  readonly name = 'koffi';
  readonly memory: Memory;
  readonly takesNumbers = true;
  readonly #koffi: Koffi;
  readonly #shim: Shim;
  readonly #callbacks: CallbackPool;
  readonly #queue = new CallQueue();

  constructor() {
    const { koffi, addon } = loadKoffi();
    this.#koffi = koffi;
    this.#shim = throughShim(koffi);
    keepLoaded(this.#shim, addon);
    const memcpy = koffi.load(null).func('memcpy', 'void', ['uint64_t', 'uint64_t', 'size_t']);
    // koffi makes texts itself. What else it decodes needs types, which it never frees.
    this.memory = {
      ...this.#shim.memoryFor({
        takesNumbers: this.takesNumbers,
        copy: memcpy as (target: bigint, source: bigint, lengthBytes: bigint) => void,
        bindAddress: (name, address, signature) => this.bindAddress(name, address, signature),
        keep: (name, abi, target) => this.keep(name, abi, target),
      }),
      readString: (address) => koffi.decode.string(address),
    };
    this.#callbacks = new CallbackPool((abi, target) => {
      try {
        return BigInt(koffi.register(callbackForKoffi(abi, target), callbackType(koffi, abi)));
      } catch (cause) {
        // It has room for some thousand, and names the number.
        throw new FfiError(
          'ERR_FFI_UNSUPPORTED',
          `Cannot make a function pointer with koffi: ${(cause as Error).message}; ` +
            'dispose() those that C has forgotten',
          { cause },
        );
      }
    });
  }

  open(path: string | null, options: LinkOptions): BackendLibrary {
    // The linker has it already; koffi gets the same one again, and may close it.
    const opened: { library?: LibraryHandle } = {};
    const bind = (
      symbol: string,
      address: bigint,
      signature: Signature,
      bindOptions: BindOptions,
    ): RawFunction => {
      if (needsShim(signature, bindOptions) || signature.parameters.length > MOST_PARAMETERS) {
        return this.#throughShim(symbol, address, signature, bindOptions);
      }
      opened.library ??= this.#koffi.load(path);
      return this.#direct(opened.library, symbol, signature, bindOptions);
    };
    return ShimLibrary.open(this.#shim, path, options, bind);
  }

  bindAddress(name: string, address: bigint, signature: Signature): RawFunction {
    return this.#throughShim(name, address, signature, { errno: false, offThread: false });
  }

  keep(_name: string, abi: CallbackAbi, target: RawFunction): KeptFunctionPointer {
    return this.#callbacks.keep(abi, target);
  }

  #throughShim(
    symbol: string,
    address: bigint,
    signature: Signature,
    options: BindOptions,
  ): RawFunction {
    const { offThread } = options;
    checkCallbacks(symbol, signature, offThread);
    checkPointers('koffi', symbol, signature);
    const call = shimCall({ address, signature, ...options }, this.#shim.door);
    return this.#around(signature.parameters, call, offThread);
  }

  #direct(
    library: LibraryHandle,
    symbol: string,
    signature: Signature,
    { offThread }: BindOptions,
  ): RawFunction {
    const { parameters, result } = signature;
    checkCallbacks(symbol, signature, offThread);
    const text = signature.resultReads === 'string';
    const bound = library.func(
      symbol,
      text ? 'str' : typeForKoffi(result, 'result'),
      parameters.map((abi) => typeForKoffi(abi, 'parameter')),
    ) as KoffiFunction;
    const asIs = text || (typeof result === 'string' && !/^(i64|u64|address|buffer)$/.test(result));
    if (offThread) {
      return this.#around(
        parameters,
        async (...values) => {
          const value = await later(bound, values);
          return text ? value : liftFromKoffi(result, value);
        },
        true,
      );
    }
    return this.#around(parameters, asIs ? bound : lifted(bound, result, parameters.length), false);
  }

  /** Puts callbacks into function pointers, and calls off the main thread into the queue. */
  #around(parameters: readonly Abi[], call: RawFunction, offThread: boolean): RawFunction {
    const callbacks = parameters.some((abi) => isCallback(abi));
    if (!offThread) return callbacks ? withCallbacks(this.#callbacks, parameters, call) : call;
    return (...values) =>
      this.#queue.run(async () => {
        const lent = this.#callbacks.lend(parameters, values);
        try {
          return await (call(...lent.values) as Promise<unknown>);
        } finally {
          lent.giveBack();
        }
      });
  }
}

function checkCallbacks(symbol: string, { parameters }: Signature, offThread: boolean): void {
  if (!offThread && parameters.some((abi) => isCallback(abi) && abi.anyThread)) {
    throw unsupported(
      'koffi',
      symbol,
      'be called back from other threads while C runs on the main thread; ' +
        'declare it with offThread: true',
    );
  }
}

function typeForKoffi(abi: Abi, place: 'parameter' | 'result'): KoffiType {
  if (abi === 'buffer') return place === 'parameter' ? 'void *' : 'uint64_t';
  // A callback has been registered: what is passed is its address.
  return typeof abi === 'string' ? SCALARS[abi] : 'void *';
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
  return raw;
}

/** Makes a call whose result is turned into a raw value, without an array of arguments. */
function lifted(bound: RawFunction, result: Abi, count: number): RawFunction {
  const names = Array.from({ length: count }, (_, i) => `v${i}`).join(', ');
  const source = `return function (${names}) { return lift(result, bound(${names})); }`;
  return compileFunction(source, ['bound', 'lift', 'result'])(
    bound,
    liftFromKoffi,
    result,
  ) as RawFunction;
}
