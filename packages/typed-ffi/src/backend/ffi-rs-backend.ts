import { createRequire } from 'node:module';
import { constants } from 'node:os';

import type { JsExternal } from 'ffi-rs';

import type { Abi, CallbackAbi, Signature } from '../abi.ts';
import { FfiError } from '../errors.ts';
import type { Memory } from '../parameter.ts';
import { processDomain } from '../process-domain.ts';
import type {
  Backend,
  BackendLibrary,
  BindOptions,
  RawErrnoResult,
  RawFunction,
} from './backend.ts';
import { libraryError, symbolError, unsupported } from './backend-errors.ts';
import { liftFromFfiRs, typeForFfiRs, valueForFfiRs, type FfiRsType } from './ffi-rs-types.ts';
import { ThreadLock } from './thread-lock.ts';

type FfiRs = typeof import('ffi-rs');

/** RTLD_NODELETE, which `os.constants.dlopen` leaves out. */
const RTLD_NODELETE = { linux: 0x1000, darwin: 0x80, freebsd: 0x1000 } as const;

const require = createRequire(import.meta.url);

/**
 * Loads ffi-rs so that it stays loaded: Node unloads an addon with the thread that
 * loaded it, and ffi-rs unloaded at a worker's end crashes the process.
 */
function loadFfiRs(): FfiRs {
  try {
    const fromFfiRs = createRequire(require.resolve('ffi-rs'));
    const loaded = require('ffi-rs') as FfiRs;
    const { platform } = process;
    if (platform === 'linux' || platform === 'darwin' || platform === 'freebsd') {
      const file = Object.keys(require.cache).find(
        (path) => path.endsWith('.node') && path.includes('ffi-rs'),
      );
      if (file !== undefined) {
        process.dlopen(
          { exports: {} },
          fromFfiRs.resolve(file),
          constants.dlopen.RTLD_NOW | RTLD_NODELETE[platform],
        );
      }
    }
    return loaded;
  } catch (cause) {
    throw new FfiError(
      'ERR_FFI_BACKEND_UNAVAILABLE',
      `Cannot use ffi-rs on ${process.platform}-${process.arch}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The key of the running program and the C library it is linked to. */
const PROGRAM = 'sockpool:program';

/** Arguments of calls that run on another thread, which must not be collected. */
const inFlight = new Set<readonly unknown[]>();

/** The default backend, which has a binary for every platform Node has. */
export class FfiRsBackend implements Backend {
  readonly name = 'ffi-rs';
  readonly memory: Memory;
  readonly #ffi: FfiRs;
  readonly #lock: ThreadLock;

  constructor() {
    this.#lock = ThreadLock.ofProcess();
    this.#ffi = this.#lock.exclusive(loadFfiRs);
    this.#open(PROGRAM, '');
    const program = new FfiRsLibrary(this.#ffi, this.#lock, PROGRAM, null);
    const strlen = program.bind(
      'strlen',
      { parameters: ['address'], result: 'u64' },
      { errno: false, offThread: false },
    );
    const memcpy = program.bind(
      'memcpy',
      { parameters: ['buffer', 'address', 'u64'], result: 'void' },
      { errno: false, offThread: false },
    );
    const read = (address: bigint, lengthBytes: number): Uint8Array => {
      const bytes = new Uint8Array(lengthBytes);
      if (lengthBytes > 0) memcpy(bytes, address, BigInt(lengthBytes));
      return bytes;
    };
    this.memory = {
      domain: processDomain,
      read,
      readString: (address) => new TextDecoder().decode(read(address, Number(strlen(address)))),
    };
  }

  open(path: string | null): BackendLibrary {
    const key = path ?? PROGRAM;
    this.#open(key, path ?? '');
    return new FfiRsLibrary(this.#ffi, this.#lock, key, path);
  }

  /** Opens a library once; ffi-rs ignores a key that it knows. It is never closed. */
  #open(key: string, path: string): void {
    try {
      this.#lock.exclusive(() => this.#ffi.open({ library: key, path }));
    } catch (cause) {
      throw cause instanceof FfiError ? cause : libraryError(path, cause);
    }
  }
}

class FfiRsLibrary implements BackendLibrary {
  readonly #ffi: FfiRs;
  readonly #lock: ThreadLock;
  readonly #key: string;
  readonly #path: string | null;

  constructor(ffi: FfiRs, lock: ThreadLock, key: string, path: string | null) {
    this.#ffi = ffi;
    this.#lock = lock;
    this.#key = key;
    this.#path = path;
  }

  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction {
    const { errno, offThread } = options;
    const retType = typeForFfiRs(symbol, signature.result, 'result', offThread);
    const paramsType = signature.parameters.map((abi) =>
      typeForFfiRs(symbol, abi, 'parameter', offThread),
    );
    const callbacks = signature.parameters.some((abi) => isCallback(abi));
    if (callbacks && !offThread) {
      throw unsupported(
        'ffi-rs',
        symbol,
        'call back while C runs on the main thread; declare it with offThread: true',
      );
    }
    this.#register(symbol);

    const ffi = this.#ffi;
    const lock = this.#lock;
    const library = this.#key;
    const { parameters, result } = signature;
    const prepare = parameters.some(
      (abi) => typeof abi !== 'string' || abi === 'u64' || abi === 'address',
    );
    const hasBuffers = parameters.includes('buffer');
    const direct = !errno && !offThread && returnsAsIs(result);

    const call = (values: readonly unknown[], types: readonly FfiRsType[]): unknown => {
      lock.enterShared();
      try {
        return ffi.load({
          library,
          funcName: symbol,
          retType,
          paramsType: types,
          paramsValue: values,
          errno,
          runInNewThread: offThread,
          freeResultMemory: false,
        } as Parameters<FfiRs['load']>[0]);
      } finally {
        lock.leaveShared();
      }
    };
    const convert = (values: readonly unknown[]): readonly unknown[] =>
      prepare ? values.map((value, i) => valueForFfiRs(parameters[i] as Abi, value)) : values;
    const typesFor = (values: readonly unknown[]): readonly FfiRsType[] =>
      hasBuffers && values.includes(null)
        ? paramsType.map((type, i) => (values[i] === null ? ffi.DataType.BigInt : type))
        : paramsType;
    const lift = (raw: unknown): unknown => {
      if (!errno) return liftFromFfiRs(result, raw);
      const { value, errnoCode } = raw as { value: unknown; errnoCode: number };
      return { value: liftFromFfiRs(result, value), errno: errnoCode } satisfies RawErrnoResult;
    };
    const nullToZero = (values: readonly unknown[]): readonly unknown[] =>
      hasBuffers && values.includes(null) ? values.map((value) => value ?? 0n) : values;

    if (direct) {
      return (...values) => {
        const types = typesFor(values);
        return call(nullToZero(convert(values)), types);
      };
    }
    if (!offThread) {
      return (...values) => {
        const types = typesFor(values);
        return lift(call(nullToZero(convert(values)), types));
      };
    }
    return async (...values) => {
      const types = typesFor(values);
      const closures = callbacks ? this.#closures(parameters, values) : [];
      const passed = [...nullToZero(convert(values))];
      for (const { index, pointer } of closures) passed[index] = pointer;
      inFlight.add(values);
      try {
        return lift(await call(passed, types));
      } finally {
        inFlight.delete(values);
        for (const closure of closures) closure.free();
      }
    };
  }

  /** Makes ffi-rs resolve a symbol, so that later calls only read its table. */
  #register(symbol: string): void {
    const { load, DataType } = this.#ffi;
    const find = (
      library: string,
      name: string,
      values: readonly unknown[],
      types: readonly number[],
    ): bigint =>
      load({
        library,
        funcName: name,
        retType: DataType.BigInt,
        paramsType: types,
        paramsValue: values,
        freeResultMemory: false,
      } as Parameters<FfiRs['load']>[0]) as unknown as bigint;
    const known = this.#lock.exclusive(() => {
      // dlsym() tells whether the symbol is there without calling it.
      const RTLD_LAZY = 1;
      const path = this.#path === null ? 0n : new TextEncoder().encode(`${this.#path}\0`);
      const handle = find(
        PROGRAM,
        'dlopen',
        [path, RTLD_LAZY],
        [path === 0n ? DataType.BigInt : DataType.U8Array, DataType.I32],
      );
      const name = new TextEncoder().encode(`${symbol}\0`);
      const address = find(PROGRAM, 'dlsym', [handle, name], [DataType.BigInt, DataType.U8Array]);
      if (address === 0n) return false;
      // A call with one argument too many stops in ffi-rs, after its table has the
      // symbol and before C runs.
      try {
        load({
          library: this.#key,
          funcName: symbol,
          retType: DataType.Void,
          paramsType: [],
          paramsValue: [0],
          freeResultMemory: false,
        });
      } catch (error) {
        return error instanceof Error && error.message.includes('length is not equal');
      }
      return true;
    });
    if (!known) throw symbolError(this.#path, symbol);
  }

  #closures(
    parameters: readonly Abi[],
    values: readonly unknown[],
  ): { index: number; pointer: JsExternal; free(): void }[] {
    const { createPointer, freePointer, unwrapPointer, PointerType, funcConstructor } = this.#ffi;
    return parameters.flatMap((abi, index) => {
      if (!isCallback(abi)) return [];
      const paramsType = [
        funcConstructor({
          paramsType: abi.parameters.map((part) => callbackType(part)),
          retType: callbackType(abi.result),
        }),
      ];
      const target = values[index] as RawFunction;
      const trampoline = (...raw: unknown[]): unknown =>
        target(...raw.map((value, i) => liftFromFfiRs(abi.parameters[i] ?? 'void', value)));
      const created = createPointer({
        paramsType,
        paramsValue: [(...raw: unknown[]) => valueForFfiRs(abi.result, trampoline(...raw))],
      } as unknown as Parameters<typeof createPointer>[0]);
      const [pointer] = unwrapPointer(created);
      if (pointer === undefined) throw unsupported('ffi-rs', 'callback', 'make a closure');
      const free = (): void => {
        freePointer({ paramsType, paramsValue: created, pointerType: PointerType.RsPointer });
      };
      return [{ index, pointer, free }];
    });
  }
}

function isCallback(abi: Abi): abi is CallbackAbi {
  return typeof abi === 'object' && abi.kind === 'callback';
}

function callbackType(abi: Abi): never {
  return typeForFfiRs('callback', abi, 'callback', false) as never;
}

/** Tells whether ffi-rs returns such a result in the form that is wanted. */
function returnsAsIs(result: Abi): boolean {
  return ['void', 'bool', 'u8', 'i16', 'i32', 'u32', 'i64', 'f64'].includes(result as string);
}
