import { isMainThread } from 'node:worker_threads';

import type { Signature } from './abi.ts';
import type { ArgumentPosition } from './argument-position.ts';
import { FfiError } from './errors.ts';
import { isOut, resolveLengths, type LengthCheck } from './length-check.ts';
import { bindNullable, isCallback } from './null-callbacks.ts';
import type { Frame, Memory, Parameter } from './parameter.ts';
import type { BackendLibrary, RawErrnoResult, RawFunction } from './backend/backend.ts';
import type { FunctionOptions, FunctionType } from './function-type.ts';
import { specializedCall } from './specialized-call.ts';

/** A compiled call: checks its arguments, then calls C. */
export type CompiledCall = (...args: unknown[]) => unknown;

type AnyFunctionType = FunctionType<readonly Parameter<unknown>[], unknown, FunctionOptions>;

/** Collects what one call has to do around C. */
class CallFrame implements Frame {
  readonly memory: Memory;
  readonly copies: boolean;
  readonly #before: (() => void)[] = [];
  readonly #after: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(memory: Memory, copies: boolean) {
    this.memory = memory;
    this.copies = copies;
  }

  before(action: () => void): void {
    this.#before.push(action);
  }

  after(action: () => void): void {
    this.#after.push(action);
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
  }

  enter(): void {
    for (const action of this.#before) action();
  }

  leave(): void {
    for (const action of this.#after) action();
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function countError(name: string, expected: number, got: number): TypeError {
  return new TypeError(
    `Cannot call ${name}(): it takes ${expected} argument${expected === 1 ? '' : 's'}, got ${got}`,
  );
}

/** Binds a declared function and returns the call that checks its arguments. */
export function compileCall(
  name: string,
  declared: AnyFunctionType,
  library: BackendLibrary,
  memory: Memory,
): CompiledCall {
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
    result: result.abi,
    resultReads: result.reads,
  };
  const raw = parameters.some(({ abi, canBeNull }) => canBeNull === true && isCallback(abi))
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
      raw,
      frame: new CallFrame(memory, false),
      memory,
      countError: (got) => countError(name, inputs.length, got),
    });
  }
  return compileFramed({ name, declared, inputs, positions, lengthChecks, raw, memory });
}

/** Finds the pointers that have to be checked again, since other arguments run code of the caller. */
function positionsOfPointers(inputs: readonly Parameter<unknown>[]): number[] {
  if (inputs.every(({ abi }) => abi === 'address')) return [];
  return inputs.flatMap(({ abi }, i) => (abi === 'address' ? [i] : []));
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
  const copies = offThread || parameters.some(({ abi }) => isCallback(abi));
  const hasOutputs = inputs.length !== parameters.length;
  const isVoid = result.abi === 'void';
  const pointers = positionsOfPointers(inputs);

  return (...args) => {
    if (args.length !== inputs.length) throw countError(name, inputs.length, args.length);
    const frame = new CallFrame(memory, copies);
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
    for (const check of lengthChecks) check(allArguments, values);
    // A getter of an argument may have released a pointer that was accepted before.
    for (const i of pointers) inputs[i]?.lower(args[i], positions[i] as ArgumentPosition, frame);

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
