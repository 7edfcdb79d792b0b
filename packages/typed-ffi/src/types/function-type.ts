import { checkFunction, type FunctionOptions } from './checked-function.ts';
import type { ArgumentOf, OutParameter, OutputOf, Parameter, Returnable } from './parameter.ts';

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
