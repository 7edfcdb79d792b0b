import type { CallbackAbi, ScalarAbi } from '../memory/abi.ts';
import { wrongKind, type ArgumentPosition } from '../errors/argument-position.ts';
import { callerFrame } from './caller-frame.ts';
import type { Parameter, Returnable, ScalarType, ValueOf } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';
import type { VoidType } from './nothing-type.ts';

/** What C may pass to a callback: a scalar, a C string, a `constRef` or a pointer. */
export type CallbackArgument = Returnable<unknown> & {
  readonly abi: ScalarAbi | 'address' | 'buffer';
};

/** What a callback may return to C. */
export type CallbackResult = ScalarType<unknown, unknown> | VoidType;

/** How C uses a callback. */
export interface CallbackOptions {
  /**
   * C may call it from threads of its own, not only from the one that runs the
   * function. It then needs `offThread: true`, and a backend that can do it.
   * @default false
   */
  readonly anyThread?: boolean | undefined;
}

type CallbackFunction<P extends readonly CallbackArgument[], R extends CallbackResult> = (
  ...args: { -readonly [K in keyof P]: ValueOf<P[K]> }
) => ValueOf<R>;

/**
 * A C function pointer to a JavaScript function, valid until the C function that it
 * is passed to returns. C may not keep it, which `functionPointer()` is for: when C calls
 * it later, C gets 0, and a process warning with the code `ERR_FFI_CALLBACK_EXPIRED` is
 * emitted.
 *
 * Only the main thread of a process can bind a function with a callback: in a worker
 * thread, that is `ERR_FFI_UNSUPPORTED`, since no backend survives the end of the
 * thread in the middle of a callback. The function may call C, also the function that calls it.
 *
 * When the function throws, or returns what does not fit the result, C gets 0, later
 * calls of the same C call get 0 without calling JavaScript, and the error is thrown
 * when C has returned.
 */
export function callback<
  const P extends readonly CallbackArgument[],
  const R extends CallbackResult,
>(parameters: P, result: R, options: CallbackOptions = {}): Parameter<CallbackFunction<P, R>> {
  const abi: CallbackAbi = {
    kind: 'callback',
    parameters: parameters.map((type) => (type.abi === 'buffer' ? 'address' : type.abi)),
    result: result.abi,
    anyThread: options.anyThread === true,
  };
  return {
    description: 'callback',
    abi,
    lower(value, at, frame) {
      if (typeof value !== 'function') throw wrongKind(at, 'a function', value);
      let broken = false;
      const call = calledBack({
        call: value as (...args: unknown[]) => unknown,
        parameters,
        result,
        at: { functionName: at.functionName, place: `the result of ${at.place}` },
        memory: frame.memory,
        onError(error) {
          broken = true;
          frame.failed(error);
        },
      });
      const zero = zeroOf(result);
      return (...raw: readonly unknown[]): unknown => (broken ? zero : call(raw));
    },
  };
}

function zeroOf({ abi }: CallbackResult): bigint | number {
  return abi === 'i64' || abi === 'u64' ? 0n : 0;
}

/** What C calls. */
interface CalledBack {
  readonly call: (...args: unknown[]) => unknown;
  readonly parameters: readonly Returnable<unknown>[];
  readonly result: CallbackResult;
  readonly at: ArgumentPosition;
  readonly memory: Memory;
  /** Runs before the call; what it throws is an error of the call. */
  readonly before?: (() => void) | undefined;
  onError(error: unknown): void;
}

/** Makes the function on raw values that calls JavaScript; it does not throw. */
export function calledBack(source: CalledBack): (raw: readonly unknown[]) => unknown {
  const { call, parameters, result, at, memory, before, onError } = source;
  const frame = callerFrame(memory);
  const zero = zeroOf(result);
  const lower =
    result.abi === 'void'
      ? () => undefined
      : (answer: unknown): unknown =>
          (result as ScalarType<unknown, unknown>).lower(answer, at, frame);
  return (raw) => {
    try {
      before?.();
      return lower(call(...parameters.map((type, i) => type.lift(raw[i], memory))));
    } catch (error) {
      onError(error);
      return zero;
    }
  };
}
