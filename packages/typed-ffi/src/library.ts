import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { chooseBackend } from './backend/choose-backend.ts';
import type { Backend, BackendLibrary, BackendName } from './backend/backend.ts';
import { prepareThreads } from './backend/thread-lock.ts';
import { compileCall, type CompiledCall } from './compile-call.ts';
import { FfiError } from './errors.ts';
import type { CallOf, FunctionOptions, FunctionType } from './function-type.ts';
import type { Memory, Parameter } from './parameter.ts';

/** Declared functions by name. */
export type Declarations = Readonly<
  Record<string, FunctionType<readonly Parameter<unknown>[], unknown, FunctionOptions>>
>;

/** The functions of a library, ready to be called. */
export type Library<D extends Declarations> = { readonly [K in keyof D]: CallOf<D[K]> };

/**
 * Where a library is: a path, a name that the system's linker finds (`libm.so.6`),
 * several of them of which the first that exists is taken, or null for the running
 * program and the C library.
 */
export type LibraryPath = string | null | readonly string[];

/** How a library is opened. */
export interface LibraryOptions {
  /**
   * Which foreign function library carries the calls.
   * @default `SOCKPOOL_FFI_BACKEND`, or `'ffi-rs'`
   */
  readonly backend?: BackendName | undefined;
  /**
   * What happens to a function that the backend cannot call: `'throw'` refuses the
   * whole library, `'defer'` makes just that function throw the error when called.
   * @default 'throw'
   */
  readonly unsupported?: 'defer' | 'throw' | undefined;
}

interface Origin {
  readonly path: string | null;
  readonly declarations: Declarations;
  readonly backend: BackendName;
}

// Worker threads inherit the lock that is made here.
prepareThreads();

const origins = new WeakMap<object, Origin>();

/**
 * Opens a library and binds the declared functions. Every symbol is looked up at
 * once, so that a missing one is found here and not at its first call. A library is
 * opened once in a process and stays open.
 *
 * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND`, `ERR_FFI_LIBRARY_INVALID`,
 *   `ERR_FFI_SYMBOL_NOT_FOUND`, `ERR_FFI_UNSUPPORTED` or `ERR_FFI_BACKEND_UNAVAILABLE`.
 */
export function library<const D extends Declarations>(
  path: LibraryPath,
  declarations: D,
  options: LibraryOptions = {},
): Library<D> {
  const backend = chooseBackend(options.backend);
  const { opened, path: found } = openFirst(backend, path);
  const functions = compileAll(
    declarations,
    opened,
    backend.memory,
    options.unsupported === 'defer',
  );
  origins.set(functions, { path: found, declarations, backend: backend.name });
  return functions;
}

/** Compiles all declarations against an open library. */
export function compileAll<D extends Declarations>(
  declarations: D,
  opened: BackendLibrary,
  memory: Memory,
  defer = false,
): Library<D> {
  const functions: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(declarations)) {
    const call = compileOrDefer(name, declared, opened, memory, defer);
    Object.defineProperty(call, 'name', { value: name });
    functions[name] = call;
  }
  return Object.freeze(functions) as Library<D>;
}

function compileOrDefer(
  name: string,
  declared: Declarations[string],
  opened: BackendLibrary,
  memory: Memory,
  defer: boolean,
): CompiledCall {
  try {
    return compileCall(name, declared, opened, memory);
  } catch (error) {
    if (!defer || !(error instanceof FfiError) || error.code !== 'ERR_FFI_UNSUPPORTED') throw error;
    return () => {
      throw error;
    };
  }
}

/** Returns what a library was made from. */
export function originOf(functions: object): Origin {
  const origin = origins.get(functions);
  if (origin === undefined) {
    throw new TypeError('The library must be what library() has returned');
  }
  return origin;
}

function openFirst(
  backend: Backend,
  path: LibraryPath,
): { opened: BackendLibrary; path: string | null } {
  const candidates: readonly unknown[] = Array.isArray(path) ? path : [path];
  if (candidates.length === 0)
    throw new TypeError('Cannot open a library: the list of paths is empty');
  let missing: FfiError | undefined;
  for (const candidate of candidates) {
    const checked = checkedPath(candidate);
    try {
      return { opened: backend.open(checked), path: checked };
    } catch (error) {
      if (!(error instanceof FfiError) || error.code !== 'ERR_FFI_LIBRARY_NOT_FOUND') throw error;
      missing ??= error;
    }
  }
  if (missing === undefined || candidates.length === 1) {
    throw missing ?? new TypeError('Cannot open a library: the list of paths is empty');
  }
  throw new FfiError(
    'ERR_FFI_LIBRARY_NOT_FOUND',
    `Cannot open any of ${candidates.map((one) => `'${String(one)}'`).join(', ')}: ${missing.message}`,
    { cause: missing },
  );
}

/** Makes a path absolute, so that it means the same library wherever it is opened. */
function checkedPath(path: unknown): string | null {
  if (path === null) return null;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(
      `Cannot open the library '${String(path)}': the path must be a string, or null for the program`,
    );
  }
  if (!path.includes('/') && !path.includes('\\')) return path;
  const absolute = resolve(path);
  if (!existsSync(absolute)) {
    throw new FfiError(
      'ERR_FFI_LIBRARY_NOT_FOUND',
      `Cannot open the library '${path}': there is no such file`,
    );
  }
  return absolute;
}
