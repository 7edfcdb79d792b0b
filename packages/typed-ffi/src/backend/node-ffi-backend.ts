import { compileFunction } from 'node:vm';

import type { ArgumentType, DynamicLibrary, FunctionSignature, ReturnType } from 'node:ffi';

import { isCallback, type Abi, type CallbackAbi, type Signature } from '../memory/abi.ts';
import { FfiError } from '../errors/errors.ts';
import type { ShimDoor } from '../shim/shim-call.ts';
import { shimFile } from '../shim/shim-file.ts';
import { Shim } from '../shim/shim.ts';
import type { BindOptions } from './backend.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { unsupported } from './backend-errors.ts';
import { CallbackPool, withCallbacks } from './callback-pool.ts';
import { PooledBackend, type BindDirectly } from './pooled-backend.ts';
import { needsShim } from './shim-library.ts';

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
export class NodeFfiBackend extends PooledBackend {
  readonly name = 'node:ffi';
  // Ours are faster: it encodes each into memory of its own.
  protected readonly takesText = false;
  readonly #ffi: NodeFfi;

  constructor() {
    const ffi = loadNodeFfi();
    let registrar: DynamicLibrary | undefined;
    super(false, {
      shim: throughShim(ffi),
      callbacks: new CallbackPool((abi, target) => {
        // Callbacks end with the library that registers them: this one is the program.
        registrar ??= new ffi.DynamicLibrary(null);
        return registrar.registerCallback(callbackSignature(abi), target as () => void);
      }),
      copy: new NodeBinder(ffi, null).bind('memcpy', ['u64', 'u64', 'u64'], 'void'),
      requireStack: takeRoom,
      reads: {
        read: (address, lengthBytes) =>
          lengthBytes === 0
            ? new Uint8Array()
            : new Uint8Array(ffi.toArrayBuffer(address, lengthBytes, true)),
        readString: (address) => ffi.toString(address) ?? '',
      },
    });
    this.#ffi = ffi;
  }

  protected check(symbol: string, { parameters }: Signature, { offThread }: BindOptions): void {
    const able = ['ffi-rs', 'koffi'] as const;
    if (offThread) throw unsupported('node:ffi', symbol, 'run C off the main thread', able);
    if (parameters.some((abi) => isCallback(abi) && abi.anyThread)) {
      throw unsupported('node:ffi', symbol, 'be called back from other threads', able);
    }
  }

  protected wantsShim(signature: Signature, options: BindOptions): boolean {
    return needsShim(signature, options);
  }

  protected directly(path: string | null): BindDirectly {
    const binder = new NodeBinder(this.#ffi, path);
    return (symbol, signature) => {
      const { parameters, result } = signature;
      const bound = binder.bind(
        symbol,
        parameters.map((abi) => (typeForNode(abi) === 'pointer' ? 'u64' : typeForNode(abi))),
        result === 'void' ? 'void' : typeForNode(result),
      );
      return this.around(byAddress(this.#ffi, bound, parameters), signature);
    };
  }

  protected around(call: RawFunction, { parameters }: Signature): RawFunction {
    const callbacks = parameters.some((abi) => isCallback(abi));
    return callbacks ? withCallbacks(this.callbacks, parameters, withRoom(call)) : call;
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

/**
 * Passes the addresses of buffers instead of the buffers, in code that is compiled for this
 * function alone: node:ffi's own conversion takes twice as long, and Node 26.10 leaks 32 bytes
 * in each call of a function whose only argument is a buffer. Addresses keep nothing alive, so
 * the buffers are held until C has returned.
 */
function byAddress(ffi: NodeFfi, bound: RawFunction, parameters: readonly Abi[]): RawFunction {
  const buffers = parameters.flatMap((abi, i) => (abi === 'buffer' ? [i] : []));
  if (buffers.length === 0) return bound;
  const names = parameters.map((_, i) => `v${i}`).join(', ');
  const passed = parameters.map((abi, i) =>
    abi === 'buffer' ? `v${i} === null ? 0n : addressOf(held${i} = v${i})` : `v${i}`,
  );
  const source = [
    ...buffers.map((i) => `let held${i};`),
    `return function (${names}) {`,
    `  try { return bound(${passed.join(', ')}); }`,
    `  finally { ${buffers.map((i) => `held${i} = undefined;`).join(' ')} }`,
    // Equal sources would share one compiled function.
    `}; // ${serial++}`,
  ].join('\n');
  const addressOf = (view: NodeJS.ArrayBufferView): bigint => ffi.getRawPointer(view);
  return compileFunction(source, ['bound', 'addressOf'])(bound, addressOf) as RawFunction;
}

let serial = 0;

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
