import { requireObject } from '@sockpool/option-checks';

import { chooseBackend } from '../backend/choose-backend.ts';
import type { BackendLibrary, BackendName, LinkOptions } from '../backend/backend.ts';
import { prepareThreads } from '../backend/thread-turn.ts';
import { compileCall } from '../call/compile-call.ts';
import { describe } from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import type { CallOf, FunctionType } from '../types/function-type.ts';
import type { FunctionOptions } from '../types/checked-function.ts';
import type { Field, Parameter } from '../types/parameter.ts';
import type { Memory } from '../memory/memory.ts';
import {
  bindVariable,
  isVariable,
  type VariableOf,
  type VariableType,
} from '../types/variable-type.ts';
import { checkedOptions, linkOptions, type LibraryOptions } from './library-options.ts';
import { openFirst, type LibraryPath } from './open-library.ts';

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
 * @throws {TypeError} when an option is unknown or of another kind, or a declaration is none
 * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND`, `ERR_FFI_LIBRARY_INVALID`,
 *   `ERR_FFI_SYMBOL_NOT_FOUND`, `ERR_FFI_UNSUPPORTED` or `ERR_FFI_BACKEND_UNAVAILABLE`
 */
export function library<const D extends Declarations>(
  path: LibraryPath,
  declarations: D,
  options: LibraryOptions = {},
): Library<D> {
  checkDeclarations(declarations);
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

function checkDeclarations(declarations: unknown): void {
  const checked = requireObject('The declarations of a library', declarations);
  for (const [name, declared] of Object.entries(checked)) {
    const one: unknown = declared;
    if (typeof one === 'object' && one !== null && ('variable' in one || 'parameters' in one)) {
      continue;
    }
    throw new TypeError(
      `Cannot declare ${name}: it must be what fn() or variable() returns, got ${describe(one)}`,
    );
  }
}

/** Returns the names of optional functions and variables that a library lacks. */
export function missingFrom(functions: object): readonly string[] {
  return originOf(functions).missing;
}

function isOptional(declared: Declarations[string] | undefined): boolean {
  return declared?.options.optional === true;
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

/**
 * Returns what a library was made from.
 *
 * @throws {TypeError} when it is none
 */
export function originOf(functions: object): Origin {
  const origin = origins.get(functions);
  if (origin === undefined) {
    throw new TypeError(`The library must be what library() returned, got ${describe(functions)}`);
  }
  return origin;
}
