import type { FunctionOptions } from '../types/checked-function.ts';
import type { Parameter } from '../types/parameter.ts';

const PASSED_AS_THEY_ARE: ReadonlySet<unknown> = new Set([
  'i32',
  'u32',
  'i64',
  'u64',
  'f64',
  'address',
  'buffer',
]);

/**
 * Checks one form of a variadic function, and returns how many parameters it has by name.
 *
 * @throws {TypeError} when a variable argument has a type that C passes as another
 * @throws {RangeError} when the number does not fit the parameters
 */
export function fixedParameters(
  name: string,
  parameters: readonly Parameter<unknown>[],
  { variadicAfter }: FunctionOptions,
): number | undefined {
  if (variadicAfter === undefined) return undefined;
  const fits = Number.isSafeInteger(variadicAfter) && variadicAfter <= parameters.length;
  if (!fits || variadicAfter < 0) {
    throw new RangeError(
      `Cannot declare ${name}(): variadicAfter is '${variadicAfter}', it must be from 0 to ` +
        `${parameters.length}, the number of parameters`,
    );
  }
  for (const [i, { abi, description }] of parameters.entries()) {
    if (i < variadicAfter || PASSED_AS_THEY_ARE.has(abi)) continue;
    const instead = abi === 'f32' ? 'f64' : typeof abi === 'string' ? 'i32' : 'a pointer';
    throw new TypeError(
      `Cannot declare ${name}(): variable argument ${i + 1} is ${description}, which C passes ` +
        `differently; declare it as ${instead}`,
    );
  }
  return variadicAfter;
}
