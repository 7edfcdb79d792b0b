import { compileFunction } from 'node:vm';

import type { ArgumentPosition } from '../errors/argument-position.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import type { CompiledCall } from './compiled-call.ts';
import { resultCode } from './result-code.ts';
import type { Frame, Parameter, Returnable } from '../types/parameter.ts';
import type { Memory } from '../memory/memory.ts';

/** What a call of scalars consists of. */
export interface ScalarCall {
  readonly inputs: readonly Parameter<unknown>[];
  readonly positions: readonly ArgumentPosition[];
  readonly result: Returnable<unknown>;
  readonly raw: RawFunction;
  readonly frame: Frame;
  readonly memory: Memory;
  /** Makes the error for a wrong number of arguments. */
  countError(got: number): TypeError;
}

let serial = 0;

/**
 * Makes the call of a function that takes and returns scalars, without a loop and
 * without an array. Its code is compiled for this function alone: V8 optimizes code,
 * not closures, and in code that all functions share it cannot inline the checks nor
 * use node:ffi's fast calls. The source depends on the number and types of the arguments only.
 */
export function specializedCall(call: ScalarCall): CompiledCall {
  const { inputs, positions, result, raw, frame, memory, countError } = call;
  const names = inputs.map((_, i) => `a${i}`);
  const lowered = inputs.map((input, i) => loweredArgument(input, i)).join(', ');
  const called = `raw(${lowered})`;
  const source = [
    ...inputs.map((_, i) => `const p${i} = inputs[${i}], at${i} = positions[${i}];`),
    `return function (${names.join(', ')}) {`,
    `  if (arguments.length !== ${inputs.length}) throw countError(arguments.length);`,
    `  let text;`,
    `  return ${resultCode(result, called)};`,
    // Equal sources would share one compiled function.
    `} // ${serial++}`,
  ].join('\n');
  const make = compileFunction(source, [
    'inputs',
    'positions',
    'result',
    'raw',
    'frame',
    'memory',
    'readString',
    'countError',
  ]);
  return make(
    inputs,
    positions,
    result,
    raw,
    frame,
    memory,
    memory.readString,
    countError,
  ) as CompiledCall;
}

/**
 * Returns the code that lowers an argument. What is right for an `int` or a `double`
 * is seen here, so that V8 knows the type; anything else is left to the check, which
 * throws, or returns the integer for -0.
 */
function loweredArgument({ abi, description }: Parameter<unknown>, i: number): string {
  const checked = `p${i}.lower(a${i}, at${i}, frame)`;
  if (description !== abi) return checked;
  if (abi === 'i32') return `((a${i} | 0) === a${i} ? a${i} : ${checked}) | 0`;
  if (abi === 'f64') return `typeof a${i} === 'number' ? a${i} : ${checked}`;
  return checked;
}
