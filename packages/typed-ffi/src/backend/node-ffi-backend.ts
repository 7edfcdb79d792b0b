import type { ArgumentType, DynamicLibrary, FunctionSignature, ReturnType } from 'node:ffi';

import { isCallback, type Abi, type CallbackAbi, type Signature } from '../memory/abi.ts';
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
import { CallbackPool, withCallbacks } from './callback-pool.ts';
import { needsShim, ShimLibrary } from './shim-library.ts';

type NodeFfi = typeof import('node:ffi');

function unavailable(reason: string): FfiError {
  return new FfiError('ERR_FFI_BACKEND_UNAVAILABLE', `Cannot use node:ffi: ${reason}`);
}

function loadNodeFfi(): NodeFfi {
  const module = process.getBuiltinModule('node:ffi') as NodeFfi | undefined;
  if (module !== undefined) return module;
  throw unavailable(`Node ${process.versions.node} does not have it, or has it switched off`);
}

/** Libraries that functions have been bound from; Node closes one that is collected. */
const kept: DynamicLibrary[] = [];

/** Binds functions; a library object of Node takes one signature for each symbol. */
class NodeBinder {
  readonly #ffi: NodeFfi;
  readonly #path: string | null;
  readonly #bound = new Set<string>();
  #library: DynamicLibrary | undefined;

  constructor(ffi: NodeFfi, path: string | null) {
    this.#ffi = ffi;
    this.#path = path;
  }

  bind(symbol: string, parameters: readonly ArgumentType[], result: ReturnType): RawFunction {
    if (this.#library === undefined || this.#bound.has(symbol)) {
      this.#library = new this.#ffi.DynamicLibrary(this.#path);
      kept.push(this.#library);
      this.#bound.clear();
    }
    this.#bound.add(symbol);
    return this.#library.getFunction(symbol, {
      arguments: [...parameters],
      return: result,
    } as FunctionSignature) as RawFunction;
  }
}

function throughShim(ffi: NodeFfi): Shim {
  const file = shimFile();
  if (file === undefined) throw unavailable('there is no shim for this machine in the package');
  const binder = new NodeBinder(ffi, file);
  const calls: RawFunction[] = [];
  const call = (count: number): RawFunction => {
    calls[count] ??= binder.bind(
      'sockpool_call',
      ['f64', ...Array.from({ length: count }, (): ArgumentType => 'pointer')],
      'void',
    );
    return calls[count];
  };
  const describe = binder.bind('sockpool_describe', ['pointer'], 'void');
  const door: ShimDoor = {
    addressOf: (view) => ffi.getRawPointer(view),
    call(frame, pointers) {
      call(pointers.length)(frame, ...pointers);
    },
  };
  return new Shim(door, (table) => describe(ffi.getRawPointer(table)));
}

/** Node's own foreign function interface, in Node 26. */
export class NodeFfiBackend implements Backend {
  readonly name = 'node:ffi';
  readonly memory: Memory;
  readonly takesNumbers = false;
  readonly #ffi: NodeFfi;
  readonly #shim: Shim;
  readonly #callbacks: CallbackPool;
  #registrar: DynamicLibrary | undefined;

  constructor() {
    const ffi = loadNodeFfi();
    this.#ffi = ffi;
    this.#shim = throughShim(ffi);
    this.memory = {
      ...this.#shim.memoryFor({
        takesNumbers: this.takesNumbers,
        copy: new NodeBinder(ffi, null).bind('memcpy', ['u64', 'u64', 'u64'], 'void'),
        bindAddress: (name, address, signature) => this.bindAddress(name, address, signature),
        keep: (name, abi, target) => this.keep(name, abi, target),
        requireStack: takeRoom,
      }),
      read: (address, lengthBytes) =>
        lengthBytes === 0
          ? new Uint8Array()
          : new Uint8Array(ffi.toArrayBuffer(address, lengthBytes, true)),
      readString: (address) => ffi.toString(address) ?? '',
    };
    this.#callbacks = new CallbackPool((abi, target) => {
      // Callbacks end with the library that registers them: this one is the program.
      this.#registrar ??= new ffi.DynamicLibrary(null);
      return this.#registrar.registerCallback(callbackSignature(abi), target as () => void);
    });
  }

  open(path: string | null, options: LinkOptions): BackendLibrary {
    const binder = new NodeBinder(this.#ffi, path);
    const bind = (
      symbol: string,
      address: bigint,
      signature: Signature,
      bindOptions: BindOptions,
    ): RawFunction => {
      checkSupported(symbol, signature, bindOptions);
      if (needsShim(signature, bindOptions)) {
        return this.#throughShim(symbol, address, signature, bindOptions);
      }
      return this.#direct(binder, symbol, signature);
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
    const { parameters } = signature;
    checkPointers('node:ffi', symbol, signature);
    const call = shimCall({ address, signature, ...options }, this.#shim.door);
    return this.#withCallbacks(parameters, call);
  }

  #direct(binder: NodeBinder, symbol: string, { parameters, result }: Signature): RawFunction {
    const bound = binder.bind(
      symbol,
      parameters.map((abi) => typeForNode(abi)),
      result === 'void' ? 'void' : typeForNode(result),
    );
    if (parameters.length === 1 && parameters[0] === 'buffer') return byAddress(this.#ffi, bound);
    return this.#withCallbacks(parameters, bound);
  }

  #withCallbacks(parameters: readonly Abi[], bound: RawFunction): RawFunction {
    const callbacks = parameters.some((abi) => isCallback(abi));
    return callbacks ? withCallbacks(this.#callbacks, parameters, withRoom(bound)) : bound;
  }
}

function checkSupported(symbol: string, { parameters }: Signature, options: BindOptions): void {
  if (options.offThread) {
    throw unsupported('node:ffi', symbol, 'run C off the main thread', ['ffi-rs', 'koffi']);
  }
  if (parameters.some((abi) => isCallback(abi) && abi.anyThread)) {
    throw unsupported('node:ffi', symbol, 'be called back from other threads', ['ffi-rs', 'koffi']);
  }
}

/**
 * Throws a RangeError when the stack is nearly full: node:ffi ends the process when there is no
 * room for the callback that C calls.
 */
function withRoom(bound: RawFunction): RawFunction {
  return (...values) => {
    takeRoom();
    return bound(...values);
  };
}

/**
 * Arguments of 80 KB: what C, the callback and the compiler of a callback that was never run
 * need of the stack.
 */
const ROOM: readonly undefined[] = Array.from({ length: 10_000 }, () => undefined);

function takeRoom(): void {
  Reflect.apply(Function.prototype, undefined, ROOM);
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
