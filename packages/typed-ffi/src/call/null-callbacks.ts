import { isCallback, type Signature } from '../memory/abi.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { FfiError } from '../errors/errors.ts';
import type { Parameter } from '../types/parameter.ts';

/**
 * Binds a function whose callbacks may be null. No backend passes NULL for a function
 * pointer, so each pattern of nulls is bound for itself, at its first call, with plain
 * addresses in their places. What the backend cannot do with callbacks it may do with
 * nulls: then only a call with a function throws.
 */
export function bindNullable(
  parameters: readonly Parameter<unknown>[],
  signature: Signature,
  bind: (signature: Signature) => RawFunction,
): RawFunction {
  const positions = parameters.flatMap(({ abi }, i) => (isCallback(abi) ? [i] : []));
  const everyCanBeNull = positions.every((i) => parameters[i]?.canBeNull === true);
  const bound = new Map<string, RawFunction>();
  const rawFor = (nulls: readonly number[]): RawFunction => {
    const key = nulls.join();
    let raw = bound.get(key);
    if (raw === undefined) {
      const abis = signature.parameters.map((abi, i) => (nulls.includes(i) ? 'address' : abi));
      raw = bind({ ...signature, parameters: abis });
      bound.set(key, raw);
    }
    return raw;
  };
  try {
    rawFor([]);
  } catch (error) {
    if (!everyCanBeNull || !(error instanceof FfiError) || error.code !== 'ERR_FFI_UNSUPPORTED') {
      throw error;
    }
    rawFor(positions);
  }
  return (...values) => {
    const nulls = positions.filter((i) => values[i] === null);
    if (nulls.length === 0) return rawFor(nulls)(...values);
    return rawFor(nulls)(...values.map((value, i) => (nulls.includes(i) ? 0n : value)));
  };
}
