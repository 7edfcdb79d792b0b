/**
 * The lecture notebook's C library as checked TypeScript functions, prebuilt or compiled on first use.
 *
 * @module
 */
export { Complex, type Ctest } from './ctest-bindings.ts';
export {
  openFunctions,
  openRaw,
  type CtestFunctions,
  type CtestOptions,
  type MultShape,
  type TokenizeOptions,
} from './ctest.ts';
export {
  add,
  mult,
  multInto,
  sum,
  swap,
  titlecase,
  tokenize,
  visitTokens,
} from './default-functions.ts';
export { CtestLibraryError, resolveLibraryPath, type ResolveOptions } from './library-path.ts';
export { sin, sinWithWrongResult } from './system-math.ts';
