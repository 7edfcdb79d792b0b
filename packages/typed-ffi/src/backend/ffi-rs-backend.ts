import type { JsExternal } from 'ffi-rs';

import { isCallback, type Abi, type CallbackAbi, type Signature } from '../memory/abi.ts';
import { FfiError } from '../errors/errors.ts';
import type { Memory } from '../memory/memory.ts';
import { shimCall, type ShimDoor } from '../shim/shim-call.ts';
import { MOST_POINTERS } from '../shim/frame-layout.ts';
import { shimFile } from '../shim/shim-file.ts';
import { Shim } from '../shim/shim.ts';
import type { Backend, BackendLibrary, BindOptions, LinkOptions } from './backend.ts';
import type { KeptFunctionPointer, RawFunction } from '../memory/raw-function.ts';
import { checkPointers, unsupported } from './backend-errors.ts';
import { CallQueue } from './call-queue.ts';
import { FfiRsClosures, type LentClosure } from './ffi-rs-closures.ts';
import { callbackTypeForFfiRs, FFI_RS, FFI_RS_BUFFER, type FfiRsType } from './ffi-rs-types.ts';
import { keepLoaded } from './link-flags.ts';
import { loadAddon } from './load-addon.ts';
import { ShimLibrary } from './shim-library.ts';
import { ThreadTurn } from './thread-turn.ts';

type FfiRs = typeof import('ffi-rs');
type LoadOptions = Parameters<FfiRs['load']>[0];

/** The shim's key in ffi-rs' table, which has no other entry. */
const SHIM = 'sockpool:shim';

/** Arguments of calls that run on another thread, which must not be collected. */
const inFlight = new Set<readonly unknown[]>();

function unavailable(reason: string, cause?: unknown): FfiError {
  return new FfiError(
    'ERR_FFI_BACKEND_UNAVAILABLE',
    `Cannot use ffi-rs on ${process.platform}-${process.arch}: ${reason}`,
    { cause },
  );
}

function load(turn: ThreadTurn): { readonly ffi: FfiRs; readonly shim: Shim } {
  const file = shimFile();
  if (file === undefined) {
    throw unavailable(
      'there is no shim for it in this package; it is for Linux and macOS on x64 and arm64',
    );
  }
  try {
    return turn.take(() => {
      const { exports, file: addon } = loadAddon('ffi-rs');
      const ffi = exports as FfiRs;
      turn.register(() => {
        ffi.open({ library: SHIM, path: file });
        keepLoaded(throughShim(ffi), addon);
      });
      return { ffi, shim: throughShim(ffi) };
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const missing = /cannot find module|failed to load native binding/i.test(reason)
      ? ': its binary is an optional dependency of it, which --omit=optional leaves out; install ' +
        "with optional dependencies, or use { backend: 'node:ffi' } or SOCKPOOL_FFI_BACKEND"
      : '';
    throw unavailable(`${reason.split('\n')[0]}${missing}`, cause);
  }
}

function loadOptions(
  funcName: string,
  paramsType: readonly FfiRsType[],
  paramsValue: readonly unknown[],
  retType: number,
  runInNewThread = false,
): LoadOptions {
  return {
    library: SHIM,
    funcName,
    retType,
    paramsType,
    paramsValue,
    errno: false,
    runInNewThread,
    freeResultMemory: false,
  } as unknown as LoadOptions;
}

function typeOfPointer(value: unknown): FfiRsType {
  if (ArrayBuffer.isView(value)) return FFI_RS_BUFFER;
  return value === null || typeof value === 'bigint' ? FFI_RS.BIG_INT : FFI_RS.EXTERNAL;
}

/** Makes the shim's door: the first call of each of its functions fills ffi-rs' table. */
function throughShim(ffi: FfiRs): Shim {
  const alone: readonly FfiRsType[] = [FFI_RS.DOUBLE];
  const buffers = Array.from({ length: MOST_POINTERS + 1 }, (_, count) => [
    FFI_RS.DOUBLE,
    ...Array.from({ length: count }, () => FFI_RS_BUFFER),
  ]);
  const frameCall = (
    frame: number,
    pointers: readonly unknown[],
    runInNewThread: boolean,
  ): unknown => {
    if (pointers.length === 0) {
      return ffi.load(loadOptions('sockpool_call', alone, [frame], FFI_RS.VOID, runInNewThread));
    }
    const simple = pointers.every((value) => ArrayBuffer.isView(value));
    const types = simple
      ? (buffers[pointers.length] as FfiRsType[])
      : [FFI_RS.DOUBLE, ...pointers.map((value) => typeOfPointer(value))];
    const values = simple ? [frame, ...pointers] : [frame, ...pointers.map((value) => value ?? 0n)];
    return ffi.load(loadOptions('sockpool_call', types, values, FFI_RS.VOID, runInNewThread));
  };
  const door: ShimDoor = {
    addressOf: (view) =>
      BigInt.asUintN(
        64,
        ffi.load(
          loadOptions('sockpool_address', [FFI_RS_BUFFER], [view], FFI_RS.BIG_INT),
        ) as unknown as bigint,
      ),
    call(frame, pointers) {
      frameCall(frame, pointers, false);
    },
    async callOffThread(frame, pointers) {
      inFlight.add(pointers);
      try {
        await frameCall(frame, pointers, true);
      } finally {
        inFlight.delete(pointers);
      }
    },
  };
  return new Shim(door, (table) => {
    ffi.load(loadOptions('sockpool_describe', [FFI_RS_BUFFER], [table], FFI_RS.VOID));
  });
}

/** Makes a trampoline of the shim jump to a function pointer, or to nothing. */
function aim(ffi: FfiRs, trampoline: number, pointer: JsExternal | null): bigint {
  const types: readonly FfiRsType[] = [FFI_RS.DOUBLE, typeOfPointer(pointer)];
  const values = [trampoline, pointer ?? 0n];
  const address: unknown = ffi.load(loadOptions('sockpool_aim', types, values, FFI_RS.BIG_INT));
  return BigInt.asUintN(64, address as bigint);
}

/** The default backend, which has a binary for every platform Node has. */
export class FfiRsBackend implements Backend {
  readonly name = 'ffi-rs';
  readonly memory: Memory;
  readonly takesNumbers = true;
  readonly #shim: Shim;
  readonly #closures: FfiRsClosures;
  readonly #queue = new CallQueue();

  constructor() {
    const { ffi, shim } = load(ThreadTurn.ofProcess());
    this.#closures = new FfiRsClosures(ffi, (trampoline, pointer) => aim(ffi, trampoline, pointer));
    this.#shim = shim;
    this.memory = shim.memoryFor(this);
  }

  open(path: string | null, options: LinkOptions): BackendLibrary {
    const bind = (
      symbol: string,
      address: bigint,
      signature: Signature,
      bindOptions: BindOptions,
    ): RawFunction => this.#bind(symbol, address, signature, bindOptions);
    return ShimLibrary.open(this.#shim, path, options, bind);
  }

  bindAddress(name: string, address: bigint, signature: Signature): RawFunction {
    return this.#bind(name, address, signature, { errno: false, offThread: false });
  }

  keep(name: string): KeptFunctionPointer {
    throw unsupported('ffi-rs', name, 'let C keep a callback', ['koffi', 'node:ffi']);
  }

  #bind(
    symbol: string,
    address: bigint,
    signature: Signature,
    { errno, offThread }: BindOptions,
  ): RawFunction {
    const { parameters } = signature;
    const callbacks = parameters.filter((abi): abi is CallbackAbi => isCallback(abi));
    if (callbacks.length > 0 && !offThread) {
      throw unsupported(
        'ffi-rs',
        symbol,
        'call back while C runs on the main thread; declare it with offThread: true',
        ['koffi', 'node:ffi'],
      );
    }
    for (const abi of callbacks) {
      for (const part of [...abi.parameters, abi.result]) callbackTypeForFfiRs(symbol, part);
    }
    checkPointers('ffi-rs', symbol, signature, ['koffi', 'node:ffi']);
    const call = shimCall({ address, signature, errno, offThread }, this.#shim.door);
    if (!offThread) return call;
    const queue = this.#queue;
    if (callbacks.length === 0) {
      return (...values) => queue.run(() => call(...values) as Promise<unknown>);
    }
    return (...values) =>
      queue.run(async () => {
        const lent: LentClosure[] = [];
        try {
          const passed = values.map((value, i) => {
            const abi = parameters[i] as Abi;
            if (!isCallback(abi) || value === null) return value;
            const closure = this.#closures.lend(symbol, abi, value as RawFunction);
            lent.push(closure);
            return closure.address;
          });
          return await (call(...passed) as Promise<unknown>);
        } finally {
          for (const closure of lent) closure.giveBack();
        }
      });
  }
}
