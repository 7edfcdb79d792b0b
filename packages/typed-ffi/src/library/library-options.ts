import { requireBoolean, requireKnownOptions, requireObject } from '@sockpool/option-checks';

import type { BackendName, LinkOptions } from '../backend/backend.ts';
import { canDeepBind } from '../backend/link-flags.ts';
import { FfiError } from '../errors/errors.ts';

/** How a library is opened. */
export interface LibraryOptions {
  /**
   * Which foreign function library carries the calls; `'fastest'` is the fastest that can
   * be used here.
   * @default `SOCKPOOL_FFI_BACKEND`, or `'ffi-rs'`
   */
  readonly backend?: BackendName | 'fastest' | undefined;
  /**
   * What happens to a function that the backend cannot call: `'throw'` refuses the
   * whole library, `'defer'` makes just that function throw the error when called.
   * @default 'throw'
   */
  readonly unsupported?: 'defer' | 'throw' | undefined;
  /**
   * Which functions and variables the library may lack, by their names here; `'defer'` is
   * all of them. One that is missing is then an `ERR_FFI_SYMBOL_NOT_FOUND` when it is
   * used; {@link missingFrom} lists them. `fn(…, { optional: true })` says it of one.
   * @default []
   */
  readonly missing?: 'defer' | readonly string[] | undefined;
  /**
   * Makes the library use its own symbols and those of its dependencies before the
   * program's (`RTLD_DEEPBIND`). Node exports its own OpenSSL, zlib, zstd and others, so
   * a library that needs the system's may have to be opened so. Linux with glibc only.
   * @default false
   */
  readonly deepBind?: boolean | undefined;
  /** Lets libraries that are opened later use its symbols (`RTLD_GLOBAL`). @default false */
  readonly global?: boolean | undefined;
  /**
   * Looks up what the library needs at the first use (`RTLD_LAZY`): what is missing then
   * ends the process. @default false
   */
  readonly lazy?: boolean | undefined;
}

const KNOWN: Required<LibraryOptions> = Object.freeze({
  backend: undefined,
  deepBind: undefined,
  global: undefined,
  lazy: undefined,
  missing: undefined,
  unsupported: undefined,
});

/**
 * Checks options, and that what a library may lack is declared.
 *
 * @throws {TypeError} when there is no such option, or its value is not allowed
 */
export function checkedOptions(options: LibraryOptions, declared: object): LibraryOptions {
  requireKnownOptions(requireObject('The options of library()', options), KNOWN, {
    of: 'library()',
  });
  const { deepBind, global, lazy } = options;
  for (const [name, value] of Object.entries({ deepBind, global, lazy })) {
    if (value !== undefined) requireBoolean(name, value);
  }
  const { missing = [], unsupported = 'throw' } = options;
  if (unsupported !== 'throw' && unsupported !== 'defer') {
    throw new TypeError(
      `Cannot open a library: unsupported must be 'throw' or 'defer', got '${String(unsupported)}'`,
    );
  }
  if (missing !== 'defer') {
    if (!Array.isArray(missing)) {
      throw new TypeError("Cannot open a library: missing must be 'defer' or a list of names");
    }
    const unknown = missing.find((name) => !Object.hasOwn(declared, name));
    if (unknown !== undefined) {
      throw new TypeError(`Cannot open a library: '${unknown}' in missing is not declared`);
    }
  }
  return options;
}

/**
 * Returns the linker's options.
 *
 * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when the linker here does not have one
 */
export function linkOptions(options: LibraryOptions): LinkOptions {
  const { deepBind = false, global = false, lazy = false } = options;
  if (deepBind && !canDeepBind()) {
    throw new FfiError(
      'ERR_FFI_UNSUPPORTED',
      `Cannot open a library with deepBind: the linker of ${process.platform} does not have it`,
    );
  }
  return { deepBind, global, lazy };
}
