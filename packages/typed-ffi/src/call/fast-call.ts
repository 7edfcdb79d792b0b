import { compileFunction } from 'node:vm';

import { arenaOf } from '../memory/arena.ts';
import type { ArgumentPosition } from '../errors/argument-position.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { CallFrame } from './call-frame.ts';
import type { CompiledCall } from './compiled-call.ts';
import { keepsCallbacks } from '../types/kept-callback.ts';
import { isOut, type LengthCheck } from './length-check.ts';
import { resultCode } from './result-code.ts';
import { encodeCString } from '../types/string-types.ts';
import type { FastParameter, Parameter, Returnable } from '../types/parameter.ts';
import type { Memory, ProcessAccess } from '../memory/memory.ts';
import type { Abi } from '../memory/abi.ts';

/** What a call consists of whose memory is used again and again. */
export interface FastCall {
  readonly parameters: readonly Parameter<unknown>[];
  readonly positions: readonly ArgumentPosition[];
  readonly lengthChecks: readonly LengthCheck[];
  readonly result: Returnable<unknown>;
  readonly errno: boolean;
  /** Whether the backend takes texts as strings in this call. */
  readonly takesText: boolean;
  readonly memory: Memory;
  readonly process: ProcessAccess;
  /** Binds the function with what crosses in this form. */
  bind(parameters: readonly Abi[], texts: readonly number[]): RawFunction;
  /** Makes the error for a wrong number of arguments. */
  countError(got: number): TypeError;
  /** The call with memory of its own, for when this one is under way. */
  readonly slow: CompiledCall;
}

let serial = 0;

/**
 * Makes a call that passes texts, structs and what C fills in memory that is taken once,
 * and whose code is compiled for this function alone, without a loop and without an
 * array. While it is under way, a getter of an argument may call the same function: that
 * call, and every call while C keeps a callback, is the slow one.
 */
export function fastCall(call: FastCall): CompiledCall {
  const { parameters, positions, lengthChecks, result, errno, memory, process } = call;
  const arena = arenaOf(process);
  const fast = parameters.map((parameter): FastParameter => {
    const made = parameter.fast?.(memory, arena, call.takesText);
    return made ?? { abi: parameter.abi, lower: parameter.lower };
  });
  const raw = call.bind(
    fast.map(({ abi }) => abi),
    fast.flatMap(({ isText }, i) => (isText === true ? [i] : [])),
  );
  const inputs = parameters.flatMap((parameter, i) => (isOut(parameter) ? [] : [i]));
  const argumentOf = new Map(inputs.map((parameter, argument) => [parameter, `a${argument}`]));
  // A getter of a struct may have released a pointer, or taken memory away, that was accepted.
  const checkedAgain = inputs.filter(
    (i) => parameters[i]?.abi === 'address' || parameters[i]?.borrows !== undefined,
  );
  const runsCode = inputs.some((i) => {
    const { abi, borrows, lower } = parameters[i] as Parameter<unknown>;
    const stored = abi === 'buffer' && borrows === undefined && lower !== encodeCString;
    return stored || typeof abi === 'object';
  });
  const names = [...argumentOf.values()];
  const outputs = parameters.flatMap((parameter, i) => (isOut(parameter) ? [i] : []));

  const lines = [
    `let busy = false;`,
    ...parameters.map((_, i) => `const f${i} = fast[${i}];`),
    ...positions.map((_, i) => `const at${i} = positions[${i}];`),
    ...lengthChecks.map((_, i) => `const check${i} = lengthChecks[${i}];`),
    `return function (${names.join(', ')}) {`,
    `  if (arguments.length !== ${names.length}) throw countError(arguments.length);`,
    `  if (busy || keepsCallbacks()) return slow(${names.join(', ')});`,
    `  busy = true;`,
    `  try {`,
    ...parameters.map((_, i) => {
      const argument = argumentOf.get(i);
      return argument === undefined
        ? `    const v${i} = f${i}.lower();`
        : `    let v${i} = f${i}.lower(${argument}, at${names.indexOf(argument)}, frame);`;
    }),
    ...(runsCode
      ? checkedAgain.map((i) => {
          const argument = argumentOf.get(i) ?? '';
          return `    v${i} = f${i}.lower(${argument}, at${names.indexOf(argument)}, frame);`;
        })
      : []),
    ...lengthChecks.map((check, i) => `    ${lengthCode(check, i, parameters, fast, argumentOf)}`),
    `    if (frame.used) frame.enter();`,
    `    let text;`,
    `    const returned = raw(${parameters.map((_, i) => `v${i}`).join(', ')});`,
    ...fast.flatMap(({ after }, i) =>
      after === undefined ? [] : [`    f${i}.after(${argumentOf.get(i)});`],
    ),
    `    if (frame.used) frame.leave();`,
    `    ${valueCode(result, outputs, errno)}`,
    `  } finally {`,
    `    busy = false;`,
    `    if (frame.used) frame.reset();`,
    `  }`,
    // Equal sources would share one compiled function.
    `} // ${serial++}`,
  ];
  const make = compileFunction(lines.join('\n'), [
    'fast',
    'positions',
    'lengthChecks',
    'countError',
    'keepsCallbacks',
    'slow',
    'frame',
    'raw',
    'result',
    'memory',
    'readString',
  ]);
  return make(
    fast,
    positions,
    lengthChecks,
    call.countError,
    keepsCallbacks,
    call.slow,
    new CallFrame(memory),
    raw,
    result,
    memory,
    memory.readString,
  ) as CompiledCall;
}

/** Returns the code that compares an array with its length. */
function lengthCode(
  check: LengthCheck,
  i: number,
  parameters: readonly Parameter<unknown>[],
  fast: readonly FastParameter[],
  argumentOf: ReadonlyMap<number, string>,
): string {
  const all = parameters.map((_, at) => argumentOf.get(at) ?? 'undefined').join(', ');
  const values = fast
    .map(({ memory }, at) =>
      memory === undefined ? `v${at}` : `(v${at} === 0n ? null : f${at}.memory)`,
    )
    .join(', ');
  const whole = `check${i}.run([${all}], [${values}])`;
  const [only, another] = check.counts;
  const array = argumentOf.get(check.position);
  const count = only === undefined ? undefined : parameters[only];
  const plain = count !== undefined && typeof count.abi === 'string' && count.abi !== 'buffer';
  if (another !== undefined || !plain || array === undefined || only === undefined)
    return `${whole};`;
  // A number or bigint of the caller, or what became of it.
  const given = argumentOf.get(only);
  const number =
    given === undefined
      ? `Number(v${only})`
      : `(typeof ${given} === 'number' ? ${given} : Number(v${only}))`;
  return `if (!check${i}.fits(${array}, ${number})) ${whole};`;
}

/** Returns the code that makes the value of a call. */
function valueCode(
  result: Returnable<unknown>,
  outputs: readonly number[],
  errno: boolean,
): string {
  const { abi } = result;
  const rawValue = errno ? 'returned.value' : 'returned';
  const own = abi === 'void' ? 'undefined' : resultCode(result, rawValue);
  const read = outputs.map((i) => `f${i}.output()`);
  const value =
    outputs.length === 0 ? own : `[${[...(abi === 'void' ? [] : [own]), ...read].join(', ')}]`;
  return errno ? `return { value: ${value}, errno: returned.errno };` : `return ${value};`;
}
