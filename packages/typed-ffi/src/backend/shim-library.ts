import type { Signature } from '../memory/abi.ts';
import type { Shim } from '../shim/shim.ts';
import type { BackendLibrary, BindOptions, LinkOptions } from './backend.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { libraryError, symbolError } from './backend-errors.ts';
import { linkFlags } from './link-flags.ts';

/** Binds a function that has been found. */
export type BindFound = (
  symbol: string,
  address: bigint,
  signature: Signature,
  options: BindOptions,
) => RawFunction;

/** A library that the shim has opened. */
export class ShimLibrary implements BackendLibrary {
  readonly #shim: Shim;
  readonly #handle: bigint;
  readonly #path: string | null;
  readonly #bind: BindFound;
  readonly takesText: BackendLibrary['takesText'];

  private constructor(
    shim: Shim,
    handle: bigint,
    path: string | null,
    bind: BindFound,
    takesText: BackendLibrary['takesText'],
  ) {
    this.#shim = shim;
    this.#handle = handle;
    this.#path = path;
    this.#bind = bind;
    this.takesText = takesText;
  }

  /**
   * Opens a library, or the program for null.
   *
   * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND` or `ERR_FFI_LIBRARY_INVALID`
   */
  static open(
    shim: Shim,
    path: string | null,
    options: LinkOptions,
    bind: BindFound,
    takesText?: BackendLibrary['takesText'],
  ): ShimLibrary {
    const handle = shim.open(path, linkFlags(options));
    if (typeof handle === 'string') throw libraryError(path ?? 'the program', handle);
    return new ShimLibrary(shim, handle, path, bind, takesText);
  }

  addressOf(symbol: string): bigint {
    const address = this.#shim.symbol(this.#handle, symbol);
    if (address === 0n) throw symbolError(this.#path, symbol);
    return address;
  }

  bind(symbol: string, signature: Signature, options: BindOptions): RawFunction {
    return this.#bind(symbol, this.addressOf(symbol), signature, options);
  }
}

/** Tells whether a call needs the shim on a backend that makes plain calls by itself. */
export function needsShim(signature: Signature, { errno }: BindOptions): boolean {
  const { parameters, result, fixedParameters } = signature;
  if (errno || fixedParameters !== undefined) return true;
  return [...parameters, result].some((abi) => typeof abi === 'object' && abi.kind === 'struct');
}
