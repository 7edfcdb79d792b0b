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
import type { ShimDoor } from '../shim/shim-call.ts';
import { shimFile } from '../shim/shim-file.ts';
import { Shim } from '../shim/shim.ts';
import type { BindOptions } from './backend.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { unsupported } from './backend-errors.ts';
import { CallQueue } from './call-queue.ts';
import { CallbackPool, withCallbacks } from './callback-pool.ts';
import { keepLoaded } from './link-flags.ts';
import { loadAddon } from './load-addon.ts';
import { PooledBackend, type BindDirectly } from './pooled-backend.ts';
import { needsShim } from './shim-library.ts';

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
export class KoffiBackend extends PooledBackend {
  readonly name = 'koffi';
  protected readonly takesText = true;
  readonly #koffi: Koffi;
  readonly #queue = new CallQueue();

  constructor() {
    const { koffi, addon } = loadKoffi();
    const shim = throughShim(koffi);
    keepLoaded(shim, addon);
    const memcpy = koffi.load(null).func('memcpy', 'void', ['uint64_t', 'uint64_t', 'size_t']);
    super(true, {
      shim,
      callbacks: new CallbackPool((abi, target) => register(koffi, abi, target)),
      copy: memcpy as (target: bigint, source: bigint, lengthBytes: bigint) => void,
      // koffi makes texts itself. What else it decodes needs types, which it never frees.
      reads: { readString: (address) => koffi.decode.string(address) },
    });
    this.#koffi = koffi;
  }

  protected check(symbol: string, { parameters }: Signature, { offThread }: BindOptions): void {
    if (!offThread && parameters.some((abi) => isCallback(abi) && abi.anyThread)) {
      throw unsupported(
        'koffi',
        symbol,
        'be called back from other threads while C runs on the main thread; ' +
          'declare it with offThread: true',
      );
    }
  }

  protected wantsShim(signature: Signature, options: BindOptions): boolean {
    return needsShim(signature, options) || signature.parameters.length > MOST_PARAMETERS;
  }

  protected directly(path: string | null): BindDirectly {
    // The linker has it already; koffi gets the same one again, and may close it.
    let library: LibraryHandle | undefined;
    return (symbol, signature, { offThread }) => {
      library ??= this.#koffi.load(path);
      const { parameters, result, texts } = signature;
      const text = signature.resultReads === 'string';
      const bound = library.func(
        symbol,
        text ? 'str' : typeForKoffi(result, 'result'),
        parameters.map((abi, i) =>
          texts?.includes(i) === true ? 'str' : typeForKoffi(abi, 'parameter'),
        ),
      ) as KoffiFunction;
      if (offThread) {
        const call: RawFunction = async (...values) => {
          const value = await later(bound, values);
          return text ? value : liftFromKoffi(result, value);
        };
        return this.around(call, signature, true);
      }
      const asIs =
        text || (typeof result === 'string' && !/^(i64|u64|address|buffer)$/.test(result));
      const call = asIs ? bound : lifted(bound, result, parameters.length);
      return this.around(call, signature, false);
    };
  }

  /** Puts callbacks into function pointers, and calls off the main thread into the queue. */
  protected around(call: RawFunction, { parameters }: Signature, offThread: boolean): RawFunction {
    const callbacks = parameters.some((abi) => isCallback(abi));
    if (!offThread) return callbacks ? withCallbacks(this.callbacks, parameters, call) : call;
    return (...values) =>
      this.#queue.run(async () => {
        const lent = this.callbacks.lend(parameters, values);
        try {
          return await (call(...lent.values) as Promise<unknown>);
        } finally {
          lent.giveBack();
        }
      });
  }
}

function register(koffi: Koffi, abi: CallbackAbi, target: RawFunction): bigint {
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
  if (abi === 'i64') return typeof raw === 'number' ? BigInt(raw) : raw;
  if (abi === 'u64' || abi === 'address' || abi === 'buffer') {
    if (typeof raw === 'number' && raw >= 0) return BigInt(raw);
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
