import { requireBoolean, requireKnownOptions } from '@sockpool/option-checks';

import { describe } from '../errors/argument-position.ts';
import { checkedSymbol } from './checked-symbol.ts';
import type { FunctionOptions } from './function-options.ts';

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
