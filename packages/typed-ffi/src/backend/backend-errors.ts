import { FfiError } from '../errors.ts';
import type { BackendName } from './backend.ts';

/** Makes the error for a library that could not be opened, from the linker's message. */
export function libraryError(path: string, cause: unknown): FfiError {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .trim()
    .split('\n')
    .join(' ');
  const invalid =
    /invalid ELF|file too short|not a mach-o|wrong ELF|same compilation|mapped file has no/i;
  return new FfiError(
    invalid.test(reason) ? 'ERR_FFI_LIBRARY_INVALID' : 'ERR_FFI_LIBRARY_NOT_FOUND',
    `Cannot open the library '${path}': ${reason}`,
    { cause },
  );
}

/** Makes the error for a symbol that a library does not have. */
export function symbolError(path: string | null, symbol: string): FfiError {
  return new FfiError(
    'ERR_FFI_SYMBOL_NOT_FOUND',
    `Cannot bind ${symbol}(): ${path === null ? 'the program' : `'${path}'`} has no such symbol`,
  );
}

/** Makes the error for what a backend cannot do. */
export function unsupported(backend: BackendName, symbol: string, what: string): FfiError {
  return new FfiError(
    'ERR_FFI_UNSUPPORTED',
    `Cannot bind ${symbol}(): the backend ${backend} cannot ${what}`,
  );
}
