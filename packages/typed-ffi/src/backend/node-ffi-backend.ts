import type { ArgumentType, DynamicLibrary, FunctionSignature, ReturnType } from 'node:ffi';

import type { Abi, CallbackAbi, Signature } from '../abi.ts';
import { FfiError } from '../errors.ts';
import type { Memory } from '../parameter.ts';
import { processDomain } from '../process-domain.ts';
import type { Backend, BackendLibrary, BindOptions, RawFunction } from './backend.ts';
import { libraryError, symbolError, unsupported } from './backend-errors.ts';
import { CallbackPool } from './callback-pool.ts';

type NodeFfi = typeof import('node:ffi');

function loadNodeFfi(): NodeFfi {
  const module = process.getBuiltinModule('node:ffi') as NodeFfi | undefined;
  if (module === undefined) {
    throw new FfiError(
      'ERR_FFI_BACKEND_UNAVAILABLE',
      `Cannot use node:ffi: Node ${process.versions.node} does not have it, or has it switched off`,
    );
  }
  return module;
}

/** Libraries that functions have been bound from; Node closes one that is collected. */
const kept: DynamicLibrary[] = [];

/** Node's own foreign function interface, in Node 26. */
export class NodeFfiBackend implements Backend {
  readonly name = 'node:ffi';
  readonly memory: Memory;
  readonly #ffi: NodeFfi;
  readonly #callbacks: CallbackPool<bigint>;
  #registrar: DynamicLibrary | undefined;

  constructor() {
    const ffi = loadNodeFfi();
    this.#ffi = ffi;
    this.#callbacks = new CallbackPool((abi, target) => {
      // Callbacks end with the library that registers them: this one is the program.
      this.#registrar ??= new ffi.DynamicLibrary(null);
      return this.#registrar.registerCallback(callbackSignature(abi), target as () => void);
    });
    this.memory = {
      domain: processDomain,
      read: (address, lengthBytes) =>
        lengthBytes === 0
          ? new Uint8Array()
          : new Uint8Array(ffi.toArrayBuffer(address, lengthBytes, true)),
      readString: (address) => ffi.toString(address) ?? '',
    };
  }

  open(path: string | null): BackendLibrary {
    try {
      const { DynamicLibrary } = this.#ffi;
      return new NodeFfiLibrary(this.#ffi, this.#callbacks, () => new DynamicLibrary(path), path);
    } catch (cause) {
      throw libraryError(path ?? '', cause);
    }
  }
}

class NodeFfiLibrary implements BackendLibrary {
  readonly #ffi: NodeFfi;
  readonly #callbacks: CallbackPool<bigint>;
  readonly #open: () => DynamicLibrary;
  readonly #path: string | null;
  /** Symbols that have been bound: one library object takes one signature for each. */
  readonly #bound = new Set<string>();
  #library: DynamicLibrary;

  constructor(
    ffi: NodeFfi,
    callbacks: CallbackPool<bigint>,
    open: () => DynamicLibrary,
    path: string | null,
  ) {
    this.#ffi = ffi;
    this.#callbacks = callbacks;
    this.#open = open;
    this.#path = path;
    this.#library = open();
    kept.push(this.#library);
  }

  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction {
    const { parameters, result } = signature;
    if (options.offThread) throw unsupported('node:ffi', symbol, 'run C off the main thread');
    if (options.errno) throw unsupported('node:ffi', symbol, 'report errno');
    for (const abi of [...parameters, result]) {
      if (typeof abi === 'object' && abi.kind === 'struct') {
        throw unsupported('node:ffi', symbol, 'pass a struct by value; use a pointer form');
      }
      if (typeof abi === 'object' && abi.anyThread) {
        throw unsupported('node:ffi', symbol, 'be called back from other threads');
      }
    }
    try {
      this.#library.getSymbol(symbol);
    } catch {
      throw symbolError(this.#path, symbol);
    }
    if (this.#bound.has(symbol)) {
      this.#library = this.#open();
      kept.push(this.#library);
      this.#bound.clear();
    }
    this.#bound.add(symbol);
    const library = this.#library;
    const bound = library.getFunction(symbol, {
      arguments: parameters.map((abi) => typeForNode(abi)),
      return: result === 'void' ? 'void' : typeForNode(result),
    } as FunctionSignature) as RawFunction;
    if (parameters.length === 1 && parameters[0] === 'buffer') return byAddress(this.#ffi, bound);
    const callbacks = parameters.some((abi) => typeof abi === 'object');
    return callbacks ? withCallbacks(this.#callbacks, parameters, bound) : bound;
  }
}

/** What C looks at by its address, which keeps nothing alive. */
let held: unknown;

/**
 * Passes the address of a buffer instead of the buffer. Node 26.10 leaks 32 bytes in
 * each call of a function whose only argument is a buffer.
 */
function byAddress(ffi: NodeFfi, bound: RawFunction): RawFunction {
  return (view) => {
    if (view === null) return bound(null);
    held = view;
    try {
      return bound(ffi.getRawPointer(held as NodeJS.ArrayBufferView));
    } finally {
      held = undefined;
    }
  };
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

function callbackSignature(abi: CallbackAbi): FunctionSignature {
  return {
    arguments: abi.parameters.map((part) => typeForNode(part)),
    return: abi.result === 'void' ? 'void' : (typeForNode(abi.result) as ReturnType),
  };
}

function typeForNode(abi: Abi): ArgumentType {
  if (abi === 'buffer' || abi === 'address' || typeof abi === 'object') return 'pointer';
  return abi as ArgumentType;
}
