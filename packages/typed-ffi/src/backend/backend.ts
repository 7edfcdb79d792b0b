import type { CallbackAbi, Signature } from '../memory/abi.ts';
import type { KeptFunctionPointer, RawFunction } from '../memory/raw-function.ts';
import type { Memory } from '../memory/memory.ts';

/** The foreign function libraries that can carry a call. */
export type BackendName = 'ffi-rs' | 'koffi' | 'node:ffi';

/** How a signature is bound. */
export interface BindOptions {
  readonly errno: boolean;
  readonly offThread: boolean;
}

/** How the system's linker opens a library. */
export interface LinkOptions {
  readonly deepBind: boolean;
  readonly global: boolean;
  readonly lazy: boolean;
}

/** An open library. It stays open as long as the process lives. */
export interface BackendLibrary {
  /**
   * Binds a function.
   *
   * @throws {FfiError} with `ERR_FFI_SYMBOL_NOT_FOUND`, or `ERR_FFI_UNSUPPORTED` when
   * this backend cannot make such a call
   */
  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction;
  /** Tells whether such a call takes texts as strings; without it, none does. */
  readonly takesText?: ((signature: Signature, options: BindOptions) => boolean) | undefined;
  /**
   * Returns the address of a function or variable.
   *
   * @throws {FfiError} with `ERR_FFI_SYMBOL_NOT_FOUND`
   */
  addressOf(symbol: string): bigint;
}

/**
 * The small interface that each foreign function library is adapted to. Values that
 * reach it have been checked; it neither checks nor converts more than its library needs.
 */
export interface Backend {
  readonly name: BackendName;
  readonly memory: Memory;
  /** Whether safe integers are taken for integers of 64 bits, besides bigints. */
  readonly takesNumbers: boolean;
  /**
   * Opens a library, or the running program for null.
   *
   * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND` or `ERR_FFI_LIBRARY_INVALID`
   */
  open(path: string | null, options: LinkOptions): BackendLibrary;
  /**
   * Binds what lies at an address that C has given.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when this backend cannot do it
   */
  bindAddress(name: string, address: bigint, signature: Signature): RawFunction;
  /**
   * Makes a function pointer that C may keep.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when this backend cannot do it
   */
  keep(name: string, abi: CallbackAbi, target: RawFunction): KeptFunctionPointer;
}
