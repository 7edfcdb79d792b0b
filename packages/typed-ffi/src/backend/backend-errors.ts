import { FfiError } from '../errors/errors.ts';
import { isCallback, type Signature } from '../memory/abi.ts';
import { MOST_POINTERS } from '../shim/frame-layout.ts';
import type { BackendName } from './backend.ts';

/** Makes the error for a library that could not be opened, from the linker's message. */
export function libraryError(path: string, cause: unknown): FfiError {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .trim()
    .split('\n')
    .join(' ');
  // Whatever else is wrong with it, it is there.
  const absent = /no such file|cannot open shared object|image not found|library not loaded/i;
  const unresolved = /undefined symbol|symbol not found/i.test(reason)
    ? ' (a library that it needs lacks it, or is not named in it)'
    : '';
  return new FfiError(
    absent.test(reason) ? 'ERR_FFI_LIBRARY_NOT_FOUND' : 'ERR_FFI_LIBRARY_INVALID',
    `Cannot open the library '${path}': ${reason}${unresolved}`,
    { cause },
  );
}

/** Makes the error for a symbol that a library does not have. */
export function symbolError(path: string | null, symbol: string): FfiError {
  return new FfiError(
    'ERR_FFI_SYMBOL_NOT_FOUND',
    `Cannot bind ${symbol}: ${path === null ? 'the program' : `'${path}'`} has no such symbol`,
  );
}

/** Makes the error for what a backend cannot do, naming the backends that can. */
export function unsupported(
  backend: BackendName,
  symbol: string,
  what: string,
  able: readonly BackendName[] = [],
): FfiError {
  const hint =
    able.length === 0 ? '' : `; { backend: ${able.map((name) => `'${name}'`).join(' or ')} } can`;
  return new FfiError(
    'ERR_FFI_UNSUPPORTED',
    `Cannot bind ${symbol}(): the backend ${backend} cannot ${what}${hint}`,
  );
}

/**
 * Checks that the shim can pass all pointers of a call.
 *
 * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when there are too many
 */
export function checkPointers(
  backend: BackendName,
  symbol: string,
  { parameters }: Signature,
  able: readonly BackendName[] = [],
): void {
  const pointers = parameters.filter((abi) => abi === 'buffer' || isCallback(abi));
  if (pointers.length > MOST_POINTERS) {
    throw unsupported(backend, symbol, `pass more than ${MOST_POINTERS} pointers so`, able);
  }
}
