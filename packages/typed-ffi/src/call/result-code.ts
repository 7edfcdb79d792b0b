import type { Returnable } from '../types/parameter.ts';

/**
 * Returns the code that makes a value of what C has returned; `result`, `memory` and
 * `readString` are in scope. A text is read here instead of in the type's `lift()`, which
 * functions of all backends share: only where V8 sees the call of C and the read at once
 * does node:ffi make both as fast calls, without a bigint between them.
 */
export function resultCode(result: Returnable<unknown>, raw: string): string {
  if (!needsLift(result)) return raw;
  if (result.reads === 'string')
    return `(text = ${raw}) === 0n ? null : typeof text === 'bigint' ? readString(text) : text`;
  return `result.lift(${raw}, memory)`;
}

/** Tells whether the raw result is not yet the value. */
function needsLift({ abi, description }: Returnable<unknown>): boolean {
  if (abi === 'void' || abi === 'f64' || abi === 'f32') return false;
  return !(typeof abi === 'string' && /^[iu](8|16|32|64)$/.test(abi) && description === abi);
}
