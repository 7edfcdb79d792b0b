import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { chooseBackend } from '../backend/choose-backend.ts';
import type { Backend, BackendLibrary, BackendName, LinkOptions } from '../backend/backend.ts';
import { canDeepBind } from '../backend/link-flags.ts';
import { prepareThreads } from '../backend/thread-turn.ts';
import { compileCall } from '../call/compile-call.ts';
import { FfiError } from '../errors/errors.ts';
import type { CallOf, FunctionOptions, FunctionType } from '../types/function-type.ts';
import type { Field, Memory, Parameter } from '../types/parameter.ts';
import { bindVariable, isVariable, type VariableOf, type VariableType } from '../types/variable-type.ts';

type DeclaredFunction = FunctionType<readonly Parameter<unknown>[], unknown, FunctionOptions>;

/** Declared functions and variables by name. */
export type Declarations = Readonly<
  Record<string, DeclaredFunction | VariableType<Field<unknown>>>
>;

/** The functions and variables of a library, ready to be used. */
export type Library<D extends Declarations> = {
  readonly [K in keyof D]: D[K] extends VariableType<Field<unknown>>
    ? VariableOf<D[K]>
    : CallOf<D[K]>;
};

/**
 * Where a library is: a path, a name that the system's linker finds (`libm.so.6`),
 * several of them of which the first that exists is taken, or null for the running
 * program and the C library.
 */
export type LibraryPath = string | null | readonly string[];

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

interface Origin {
  readonly path: string | null;
  readonly declarations: Declarations;
  readonly backend: BackendName;
  readonly link: LinkOptions;
  readonly missing: readonly string[];
}

// Worker threads inherit what is made here.
prepareThreads();

const origins = new WeakMap<object, Origin>();

/**
 * Opens a library and binds the declared functions and variables. Every symbol is looked up
 * at once, those that the library needs from elsewhere too, so that a missing one is found
 * here and not at its first call. A library is opened once in a process and stays open,
 * also when the worker that has opened it ends; the first opening decides on its flags.
 *
 * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND`, `ERR_FFI_LIBRARY_INVALID`,
 *   `ERR_FFI_SYMBOL_NOT_FOUND`, `ERR_FFI_UNSUPPORTED` or `ERR_FFI_BACKEND_UNAVAILABLE`
 */
export function library<const D extends Declarations>(
  path: LibraryPath,
  declarations: D,
  options: LibraryOptions = {},
): Library<D> {
  const { unsupported, missing: mayLack = [] } = checkedOptions(options, declarations);
  const backend = chooseBackend(options.backend);
  const link = linkOptions(options);
  const { opened, path: found } = openFirst(backend, path, link);
  const missing: string[] = [];
  const functions = compileAll(declarations, opened, backend.memory, (name, error) => {
    if (error.code === 'ERR_FFI_UNSUPPORTED') return unsupported === 'defer';
    if (error.code !== 'ERR_FFI_SYMBOL_NOT_FOUND') return false;
    const lacks = mayLack === 'defer' || mayLack.includes(name) || isOptional(declarations[name]);
    if (lacks) missing.push(name);
    return lacks;
  });
  origins.set(functions, { path: found, declarations, backend: backend.name, link, missing });
  return functions;
}

/** Returns the names of optional functions and variables that a library lacks. */
export function missingFrom(functions: object): readonly string[] {
  return originOf(functions).missing;
}

const OPTIONS: readonly string[] = [
  'backend',
  'deepBind',
  'global',
  'lazy',
  'missing',
  'unsupported',
];

function checkedOptions(options: LibraryOptions, declarations: Declarations): LibraryOptions {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) {
      throw new TypeError(
        `Cannot open a library: there is no option '${name}'; known are ${OPTIONS.join(', ')}`,
      );
    }
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
    const unknown = missing.find((name) => !Object.hasOwn(declarations, name));
    if (unknown !== undefined) {
      throw new TypeError(`Cannot open a library: '${unknown}' in missing is not declared`);
    }
  }
  return options;
}

function isOptional(declared: Declarations[string] | undefined): boolean {
  return declared?.options.optional === true;
}

function linkOptions(options: LibraryOptions): LinkOptions {
  const { deepBind = false, global = false, lazy = false } = options;
  if (deepBind && !canDeepBind()) {
    throw new FfiError(
      'ERR_FFI_UNSUPPORTED',
      `Cannot open a library with deepBind: the linker of ${process.platform} does not have it`,
    );
  }
  return { deepBind, global, lazy };
}

/**
 * Compiles all declarations against an open library.
 *
 * @param defers tells whether an error is thrown when the function is called, not now
 */
export function compileAll<D extends Declarations>(
  declarations: D,
  opened: BackendLibrary,
  memory: Memory,
  defers: (name: string, error: FfiError) => boolean,
): Library<D> {
  const functions: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(declarations)) {
    functions[name] = compileOrDefer(name, declared, opened, memory, defers);
  }
  return Object.freeze(functions) as Library<D>;
}

function compileOrDefer(
  name: string,
  declared: Declarations[string],
  opened: BackendLibrary,
  memory: Memory,
  defers: (name: string, error: FfiError) => boolean,
): unknown {
  try {
    if (isVariable(declared)) return bindVariable(name, declared, opened, memory);
    const call = compileCall(name, declared, opened, memory);
    Object.defineProperty(call, 'name', { value: name });
    return call;
  } catch (error) {
    if (!(error instanceof FfiError) || !defers(name, error)) throw error;
    const fail = (): never => {
      throw error;
    };
    if (!isVariable(declared)) return Object.defineProperty(fail, 'name', { value: name });
    return Object.freeze(Object.defineProperty({}, 'value', { get: fail, set: fail }));
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
  link: LinkOptions,
): { opened: BackendLibrary; path: string | null } {
  const candidates: readonly unknown[] = Array.isArray(path) ? path : [path];
  if (candidates.length === 0)
    throw new TypeError('Cannot open a library: the list of paths is empty');
  const failures: FfiError[] = [];
  for (const candidate of candidates) {
    try {
      const checked = checkedPath(candidate);
      return { opened: backend.open(checked, link), path: checked };
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures as [FfiError];
  if (candidates.length === 1) throw first;
  // One that is there and cannot be used says more than those that are not there.
  const telling = failures.find(({ code }) => code !== 'ERR_FFI_LIBRARY_NOT_FOUND') ?? first;
  throw new FfiError(
    telling.code,
    `Cannot open any of ${candidates.map((one) => `'${String(one)}'`).join(', ')}: ` +
      failures.map(({ message }) => message).join('; '),
    { cause: telling },
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
