import { requireBoolean, requireKnownOptions } from '@sockpool/option-checks';
import { describe } from '../errors/argument-position.ts';
import { checkedSymbol } from './checked-symbol.ts';

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

const KNOWN: Required<FunctionOptions> = Object.freeze({
  offThread: false,
  errno: false,
  symbol: '',
  optional: false,
  variadicAfter: 0,
});

/**
 * Checks what a function is declared with, for those whom no compiler tells.
 *
 * @throws {TypeError} when something is no type, or there is no such option
 */
export function checkFunction(
  parameters: unknown,
  result: unknown,
  options: unknown,
): FunctionOptions {
  if (!Array.isArray(parameters)) {
    throw new TypeError(
      `Cannot declare a function: its parameters must be an array of types, got ${describe(parameters)}`,
    );
  }
  for (const [i, parameter] of parameters.entries()) {
    if (has(parameter, 'lower')) continue;
    const why = has(parameter, 'lift') ? `${nameOf(parameter)}, which is for results only` : '';
    throw new TypeError(
      `Cannot declare a function: parameter ${i + 1} must be a type of a parameter, ` +
        `got ${why || describe(parameter)}`,
    );
  }
  if (!has(result, 'lift')) {
    const why = has(result, 'lower') ? `${nameOf(result)}, which is for parameters only` : '';
    throw new TypeError(
      `Cannot declare a function: its result must be a type of a result, such as i32 or ` +
        `nothing, got ${why || describe(result)}`,
    );
  }
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `Cannot declare a function: its options must be an object, got ${describe(options)}`,
    );
  }
  requireKnownOptions(options, KNOWN, { of: 'fn()' });
  const { offThread, errno, symbol, optional } = options as FunctionOptions;
  for (const [name, value] of Object.entries({ offThread, errno, optional })) {
    if (value !== undefined) requireBoolean(name, value);
  }
  checkedSymbol(symbol);
  return options;
}

function has(type: unknown, method: 'lift' | 'lower'): boolean {
  return (
    typeof type === 'object' &&
    type !== null &&
    typeof (type as Record<string, unknown>)[method] === 'function'
  );
}

function nameOf(type: unknown): string {
  return String((type as { description?: unknown }).description);
}
