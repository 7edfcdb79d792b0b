import type { BackendLibrary } from '../backend/backend.ts';
import { FfiError } from '../errors/errors.ts';
import { compileAll, originOf, type Declarations, type Library } from '../library/library.ts';
import { isVariable } from '../types/variable-type.ts';
import { Isolate, type IsolateOptions } from './isolate.ts';

/** A call that is carried out elsewhere. */
type Elsewhere<F> = F extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Awaited<Result>>
  : never;

/** A library whose calls run in a child process. */
export interface IsolatedLibrary<Functions> extends AsyncDisposable {
  /** The library's functions; each returns a promise. */
  readonly functions: { readonly [K in keyof Functions]: Elsewhere<Functions[K]> };
  /** The child's process id, when it runs. */
  readonly pid: number | undefined;
  /** Ends the child; pending calls are rejected. Idempotent. */
  close(): Promise<void>;
}

/**
 * Runs a library's calls in a child process, so that a crash in C is a rejected
 * promise and the next call works, in a new child. Arguments are checked here and
 * copied there and back. Calls run one at a time, in order.
 *
 * Pointers that C has given belong to the child that gave them: after a crash they
 * are refused with `ERR_FFI_POINTER_RELEASED`.
 *
 * @throws {TypeError} when it is not what `library()` has returned
 * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when a function takes a callback
 */
export function isolated<Functions extends object>(
  functions: Functions,
  options: IsolateOptions = {},
): IsolatedLibrary<Functions> {
  const { path, backend, declarations, link } = originOf(functions);
  const isolate = new Isolate(options);
  const proxy: BackendLibrary = {
    bind(symbol, signature, { errno }) {
      if (signature.parameters.some((abi) => typeof abi === 'object' && abi.kind === 'callback')) {
        throw new FfiError(
          'ERR_FFI_UNSUPPORTED',
          `Cannot isolate ${symbol}(): a callback cannot be called from another process`,
        );
      }
      return (...values) => isolate.call({ path, backend, link, symbol, signature, errno, values });
    },
    addressOf(symbol) {
      throw new FfiError(
        'ERR_FFI_UNSUPPORTED',
        `Cannot isolate ${symbol}: a variable cannot be seen from another process`,
      );
    },
  };
  const elsewhere: Declarations = Object.fromEntries(
    Object.entries(declarations).map(([name, declared]) => [
      name,
      isVariable(declared)
        ? declared
        : { ...declared, options: { ...declared.options, offThread: true as const } },
    ]),
  );
  const calls: Library<Declarations> = compileAll(elsewhere, proxy, isolate.memory, (name) =>
    isVariable(elsewhere[name] ?? {}),
  );
  const close = (): Promise<void> => isolate.close();
  return {
    functions: asPromises(calls) as IsolatedLibrary<Functions>['functions'],
    get pid() {
      return isolate.pid;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Makes a refused argument a rejected promise, as everything else that goes wrong. */
function asPromises(calls: Library<Declarations>): object {
  return Object.freeze(
    Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [
        name,
        typeof call !== 'function'
          ? call
          : async (...args: unknown[]) => (call as (...rest: unknown[]) => unknown)(...args),
      ]),
    ),
  );
}
