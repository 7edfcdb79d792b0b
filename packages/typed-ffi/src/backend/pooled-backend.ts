import type { CallbackAbi, Signature } from '../memory/abi.ts';
import type { Memory, ProcessAccess } from '../memory/memory.ts';
import { shimCall } from '../shim/shim-call.ts';
import type { Shim } from '../shim/shim.ts';
import type { Backend, BackendLibrary, BackendName, BindOptions, LinkOptions } from './backend.ts';
import type { KeptFunctionPointer, RawFunction } from '../memory/raw-function.ts';
import { checkPointers } from './backend-errors.ts';
import type { CallbackPool } from './callback-pool.ts';
import { ShimLibrary, type BindFound } from './shim-library.ts';

/** Binds a function of one library without the shim. */
export type BindDirectly = (
  symbol: string,
  signature: Signature,
  options: BindOptions,
) => RawFunction;

/** What a backend brings along whose function pointers are lent from a pool. */
export interface PooledParts {
  readonly shim: Shim;
  readonly callbacks: CallbackPool;
  readonly copy: ProcessAccess['copy'];
  readonly requireStack?: ProcessAccess['requireStack'];
  /** What it reads better than the shim. */
  readonly reads: Partial<Pick<Memory, 'read' | 'readString'>>;
}

/**
 * What koffi and node:ffi have in common: their function pointers are lent from a pool, and
 * the shim makes the calls that they cannot make themselves.
 */
export abstract class PooledBackend implements Backend {
  abstract readonly name: BackendName;
  readonly takesNumbers: boolean;
  /** Whether it takes texts as strings, in the calls that it makes itself. */
  protected abstract readonly takesText: boolean;
  readonly memory: Memory;
  protected readonly callbacks: CallbackPool;
  readonly #shim: Shim;

  protected constructor(takesNumbers: boolean, parts: PooledParts) {
    const { shim, callbacks, copy, requireStack, reads } = parts;
    this.takesNumbers = takesNumbers;
    this.#shim = shim;
    this.callbacks = callbacks;
    this.memory = {
      ...shim.memoryFor({
        takesNumbers,
        copy,
        requireStack,
        bindAddress: (name, address, signature) => this.bindAddress(name, address, signature),
        keep: (name, abi, target) => this.keep(name, abi, target),
      }),
      ...reads,
    };
  }

  /** Throws when it cannot make such a call at all. */
  protected abstract check(symbol: string, signature: Signature, options: BindOptions): void;

  /** Tells whether the shim must make such a call. */
  protected abstract wantsShim(signature: Signature, options: BindOptions): boolean;

  /** Returns what binds the functions of a library that the linker has opened. */
  protected abstract directly(path: string | null): BindDirectly;

  /** Puts callbacks into function pointers around a call. */
  protected abstract around(
    call: RawFunction,
    signature: Signature,
    offThread: boolean,
  ): RawFunction;

  open(path: string | null, options: LinkOptions): BackendLibrary {
    const direct = this.directly(path);
    const bind: BindFound = (symbol, address, signature, how) => {
      this.check(symbol, signature, how);
      return this.wantsShim(signature, how)
        ? this.#throughShim(symbol, address, signature, how)
        : direct(symbol, signature, how);
    };
    const takesText = (signature: Signature, how: BindOptions): boolean =>
      this.takesText && !this.wantsShim(signature, how);
    return ShimLibrary.open(this.#shim, path, options, bind, takesText);
  }

  bindAddress(name: string, address: bigint, signature: Signature): RawFunction {
    const how: BindOptions = { errno: false, offThread: false };
    this.check(name, signature, how);
    return this.#throughShim(name, address, signature, how);
  }

  keep(_name: string, abi: CallbackAbi, target: RawFunction): KeptFunctionPointer {
    return this.callbacks.keep(abi, target);
  }

  #throughShim(
    symbol: string,
    address: bigint,
    signature: Signature,
    options: BindOptions,
  ): RawFunction {
    checkPointers(this.name, symbol, signature);
    const call = shimCall({ address, signature, ...options }, this.#shim.door);
    return this.around(call, signature, options.offThread);
  }
}
