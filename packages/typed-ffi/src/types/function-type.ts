import { checkFunction } from './checked-function.ts';
import type { ArgumentOf, OutParameter, OutputOf, Parameter, Returnable } from './parameter.ts';

/** How a function is called. */
export interface FunctionOptions {
  /**
   * Runs C on another thread; the call returns a promise. Arguments are copied there
   * and back, so that the caller may go on using them.
   * @default false
   */
  readonly offThread?: boolean;
  /**
   * Reports errno: the call returns `{ value, errno }`. It is what C left there, so
   * it means something only when the result says that the function failed.
   * @default false
   */
  readonly errno?: boolean;
  /**
   * The symbol, when it differs from the name in the declaration.
   * @default the name
   */
  readonly symbol?: string;
  /**
   * The library may lack the function: `library()` then succeeds, and calling it is an
   * `ERR_FFI_SYMBOL_NOT_FOUND`.
   * @default false
   */
  readonly optional?: boolean;
  /**
   * Declares one form of a variadic function: how many parameters it has by name. The
   * ones after them are passed as C passes variable arguments, so they must be of the types
   * that these have: `i32`, `u32`, `i64`, `u64`, `f64` or a pointer.
   * @default the function is not variadic
   */
  readonly variadicAfter?: number;
}

/** A declared C function. */
export interface FunctionType<
  P extends readonly Parameter<unknown>[],
  R,
  O extends FunctionOptions,
> {
  readonly parameters: P;
  readonly result: Returnable<R>;
  readonly options: O;
}

type Arguments<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Tail]
  ? Head extends OutParameter<unknown>
    ? Arguments<Tail>
    : [ArgumentOf<Head>, ...Arguments<Tail>]
  : [];

type Outputs<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Tail]
  ? Head extends OutParameter<unknown>
    ? [OutputOf<Head>, ...Outputs<Tail>]
    : Outputs<Tail>
  : [];

type WithOutputs<R, Out extends readonly unknown[]> = Out extends []
  ? R
  : [R] extends [void]
    ? Out
    : [R, ...Out];

type WithErrno<R, O> = O extends { readonly errno: true } ? { value: R; errno: number } : R;

type WithPromise<R, O> = O extends { readonly offThread: true } ? Promise<R> : R;

/** The TypeScript function for a declared C function. */
export type CallOf<F> =
  F extends FunctionType<infer P, infer R, infer O>
    ? (...args: Arguments<P>) => WithPromise<WithErrno<WithOutputs<R, Outputs<P>>, O>, O>
    : never;

/**
 * Declares a C function: its parameters (ctypes' `argtypes`), its result
 * (`restype`) and how it is called.
 *
 * An array with a length label, `f64Array('n')`, finds its length in the parameter
 * that is `named('n', …)`, or else in the first integer parameter after it that has
 * no name.
 *
 * @throws {TypeError} when something in it is no type, or an option is unknown or of another kind
 */
export function fn<
  const P extends readonly Parameter<unknown>[],
  R,
  const O extends FunctionOptions = Record<never, never>,
>(parameters: P, result: Returnable<R>, options?: O): FunctionType<P, R, O> {
  return { parameters, result, options: checkFunction(parameters, result, options) as O };
}
