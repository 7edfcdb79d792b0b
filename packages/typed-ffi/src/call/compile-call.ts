import { isMainThread } from 'node:worker_threads';

import { hasPointers, isCallback, type Signature } from '../memory/abi.ts';
import type { ArgumentPosition } from '../errors/argument-position.ts';
import { copyBorrowed, type Borrowed } from '../memory/borrowed-memory.ts';
import type { CompiledCall } from './compiled-call.ts';
import { CallFrame } from './call-frame.ts';
import { FfiError } from '../errors/errors.ts';
import { fastCall } from './fast-call.ts';
import { keepsCallbacks } from '../types/kept-callback.ts';
import { isOut, resolveLengths, type LengthCheck } from './length-check.ts';
import { bindNullable } from './null-callbacks.ts';
import type { LibraryAccess, Parameter } from '../types/parameter.ts';
import type { Memory } from '../memory/memory.ts';
import type { BackendLibrary } from '../backend/backend.ts';
import type { RawErrnoResult, RawFunction } from '../memory/raw-function.ts';
import type { FunctionType } from '../types/function-type.ts';
import type { FunctionOptions } from '../types/checked-function.ts';
import { specializedCall } from './specialized-call.ts';
import { fixedParameters } from './variadic-check.ts';

type AnyFunctionType = FunctionType<readonly Parameter<unknown>[], unknown, FunctionOptions>;

function countError(name: string, expected: number, got: number): TypeError {
  return new TypeError(
    `Cannot call ${name}(): it takes ${expected} argument${expected === 1 ? '' : 's'}, got ${got}`,
  );
}

/** Binds a declared function and returns the call that checks its arguments. */
export function compileCall(
  name: string,
  given: AnyFunctionType,
  library: BackendLibrary,
  memory: Memory,
): CompiledCall {
  const declared = forLibrary(name, given, library, memory);
  const { parameters, result, options } = declared;
  const inputs = parameters.filter((parameter) => !isOut(parameter));
  const lengthChecks = resolveLengths(name, parameters);
  const positions = inputs.map((parameter, i): ArgumentPosition => ({
    functionName: name,
    place:
      parameter.label === undefined
        ? `argument ${i + 1}`
        : `argument ${i + 1} '${parameter.label}'`,
  }));
  const offThread = options.offThread === true;
  const errno = options.errno === true;
  const bind = (signature: Signature): RawFunction => {
    if (!isMainThread && signature.parameters.some(isCallback)) {
      throw new FfiError(
        'ERR_FFI_UNSUPPORTED',
        `Cannot bind ${name}() in a worker thread: it calls back, and the end of the thread ` +
          'in the middle of that would end the process, with every backend',
      );
    }
    return library.bind(options.symbol ?? name, signature, { errno, offThread });
  };
  const signature: Signature = {
    parameters: parameters.map((parameter) => parameter.abi),
    fixedParameters: fixedParameters(name, parameters, options),
    result: result.abi,
    holdingPointers: holdingPointers(parameters),
    resultReads: result.reads,
  };
  const bindAll = (): RawFunction =>
    parameters.some(({ abi, canBeNull }) => canBeNull === true && isCallback(abi))
      ? bindNullable(parameters, signature, bind)
      : bind(signature);
  const plain =
    !offThread &&
    !errno &&
    lengthChecks.length === 0 &&
    inputs.length === parameters.length &&
    parameters.every(
      ({ abi, framed }) => typeof abi === 'string' && abi !== 'buffer' && framed !== true,
    );
  if (plain) {
    return specializedCall({
      inputs,
      positions,
      result,
      raw: bindAll(),
      frame: new CallFrame(memory),
      memory,
      countError: (got) => countError(name, inputs.length, got),
    });
  }
  const framed = { name, declared, inputs, positions, lengthChecks, memory };
  const { process } = memory;
  if (process === undefined || offThread || parameters.some(({ abi }) => isCallback(abi))) {
    return compileFramed({ ...framed, raw: bindAll() });
  }
  // What is rarely needed is bound when it is.
  let whole: CompiledCall | undefined;
  const slow: CompiledCall = (...args) => {
    whole ??= compileFramed({ ...framed, raw: bindAll() });
    return whole(...args);
  };
  return fastCall({
    parameters,
    positions,
    lengthChecks,
    result,
    errno,
    takesText: library.takesText?.(signature, { errno, offThread }) === true,
    memory,
    process,
    bind: (abis, texts) => bind({ ...signature, parameters: abis, texts }),
    countError: (got) => countError(name, inputs.length, got),
    slow,
  });
}

/** Gives the types what they need of the library. */
function forLibrary(
  name: string,
  declared: AnyFunctionType,
  library: BackendLibrary,
  { process }: Memory,
): AnyFunctionType {
  const access: LibraryAccess = {
    release(symbol) {
      if (process === undefined) {
        throw new FfiError(
          'ERR_FFI_UNSUPPORTED',
          `Cannot isolate ${name}(): what C has made cannot be freed from another process`,
        );
      }
      const signature: Signature = { parameters: ['address'], result: 'void' };
      return process.bindAddress(symbol, library.addressOf(symbol), signature);
    },
  };
  const { parameters, result } = declared;
  return {
    ...declared,
    parameters: parameters.map((parameter) =>
      isOut(parameter) ? (parameter.forLibrary?.(access) ?? parameter) : parameter,
    ),
    result: result.forLibrary?.(access) ?? result,
  };
}

/**
 * Finds the pointers and the memory that have to be checked again, since other arguments run
 * code of the caller.
 */
function checkedTwice(
  parameters: readonly Parameter<unknown>[],
): { readonly index: number; readonly input: number }[] {
  const inputs = parameters.flatMap((parameter, index) => (isOut(parameter) ? [] : [index]));
  return inputs.flatMap((index, input) => {
    const { abi, borrows } = parameters[index] as Parameter<unknown>;
    return abi === 'address' || borrows !== undefined ? [{ index, input }] : [];
  });
}

/** Finds the arguments that C's addresses may be in, besides those that are addresses. */
function holdingPointers(parameters: readonly Parameter<unknown>[]): number[] {
  return parameters.flatMap(({ abi, referent }, i) => {
    const inside = referent ?? (typeof abi === 'object' && abi.kind === 'struct' ? abi : undefined);
    return inside !== undefined && hasPointers(inside) ? [i] : [];
  });
}

interface FramedCall {
  readonly name: string;
  readonly declared: AnyFunctionType;
  readonly inputs: readonly Parameter<unknown>[];
  readonly positions: readonly ArgumentPosition[];
  readonly lengthChecks: readonly LengthCheck[];
  readonly raw: RawFunction;
  readonly memory: Memory;
}

function compileFramed(call: FramedCall): CompiledCall {
  const { name, declared, inputs, positions, lengthChecks, raw, memory } = call;
  const { parameters, result, options } = declared;
  const offThread = options.offThread === true;
  const errno = options.errno === true;
  const callsBack = offThread || parameters.some(({ abi }) => isCallback(abi));
  const borrowed = parameters.flatMap(({ borrows }, index): Borrowed[] =>
    borrows === undefined ? [] : [{ index, writes: borrows === 'write' }],
  );
  const hasOutputs = inputs.length !== parameters.length;
  const isVoid = result.abi === 'void';
  const again = checkedTwice(parameters);

  return (...args) => {
    if (args.length !== inputs.length) throw countError(name, inputs.length, args.length);
    const frame = new CallFrame(memory);
    const values: unknown[] = [];
    const outputs: { read(memory: Memory): unknown }[] = [];
    const allArguments: unknown[] = [];
    let next = 0;
    for (const parameter of parameters) {
      if (isOut(parameter)) {
        const output = parameter.allocate();
        outputs.push(output);
        values.push(output.raw);
        allArguments.push(undefined);
      } else {
        const value = args[next];
        values.push(parameter.lower(value, positions[next] as ArgumentPosition, frame));
        allArguments.push(value);
        next++;
      }
    }
    // A getter of an argument may have released a pointer, or taken memory away, since then.
    for (const { index, input } of again) {
      const at = positions[input] as ArgumentPosition;
      values[index] = inputs[input]?.lower(args[input], at, frame);
    }
    for (const check of lengthChecks) check.run(allArguments, values);

    if (borrowed.length > 0 && (callsBack || keepsCallbacks())) {
      const writeBack = copyBorrowed(values, borrowed);
      if (writeBack !== undefined) frame.after(writeBack);
    }

    const finish = (returned: unknown): unknown => {
      frame.leave();
      const rawValue = errno ? (returned as RawErrnoResult).value : returned;
      let value: unknown = result.lift(rawValue, memory);
      if (hasOutputs) {
        const read = outputs.map((output) => output.read(memory));
        value = isVoid ? read : [value, ...read];
      }
      return errno ? { value, errno: (returned as RawErrnoResult).errno } : value;
    };

    frame.enter();
    if (!offThread) return finish(raw(...values));
    return (raw(...values) as Promise<unknown>).then(finish);
  };
}
