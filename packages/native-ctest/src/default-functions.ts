import type { Complex } from './ctest-bindings.ts';
import {
  openFunctions,
  type CtestFunctions,
  type MultShape,
  type TokenizeOptions,
} from './ctest.ts';

let opened: CtestFunctions | undefined;

/** Opens the library at the first call, so that importing this package costs nothing. */
function ctest(): CtestFunctions {
  opened ??= openFunctions();
  return opened;
}

/** Calls {@link CtestFunctions.add} of the default library. */
export function add(a: Readonly<Complex>, b: Readonly<Complex>): Complex {
  return ctest().add(a, b);
}

/** Calls {@link CtestFunctions.swap} of the default library. */
export function swap(a: Complex, b: Complex): void {
  ctest().swap(a, b);
}

/** Calls {@link CtestFunctions.sum} of the default library. */
export function sum(values: Float64Array | readonly number[]): number {
  return ctest().sum(values);
}

/** Calls {@link CtestFunctions.titlecase} of the default library. */
export function titlecase(text: string): string {
  return ctest().titlecase(text);
}

/** Calls {@link CtestFunctions.tokenize} of the default library. */
export function tokenize(text: string, separator: string, options?: TokenizeOptions): string[] {
  return ctest().tokenize(text, separator, options);
}

/** Calls {@link CtestFunctions.mult} of the default library. */
export function mult(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): number[][] {
  return ctest().mult(a, b);
}

/** Calls {@link CtestFunctions.multInto} of the default library. */
export function multInto(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  shape: MultShape,
): void {
  ctest().multInto(c, a, b, shape);
}

/** Calls {@link CtestFunctions.visitTokens} of the default library. */
export function visitTokens(
  text: string,
  separator: string,
  visit: (token: string, index: number) => number,
): Promise<number> {
  return ctest().visitTokens(text, separator, visit);
}
