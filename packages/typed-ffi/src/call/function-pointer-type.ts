import type { Abi, CallbackAbi } from '../memory/abi.ts';
import { describe, wrongKind, type ArgumentPosition } from '../errors/argument-position.ts';
import { calledBack } from '../types/callback-type.ts';
import { compileCall } from './compile-call.ts';
import { FfiError } from '../errors/errors.ts';
import type { CallOf, FunctionType } from '../types/function-type.ts';
import type { FunctionOptions } from '../types/checked-function.ts';
import { KeptCallback, keptAccess, type KeepOptions } from '../types/kept-callback.ts';
import type { Field, Parameter, Returnable, ScalarType } from '../types/parameter.ts';
import type { Memory } from '../memory/memory.ts';
import { readScalar, writeScalar } from '../memory/raw-memory.ts';

type Declared = FunctionType<readonly Parameter<unknown>[], unknown, FunctionOptions>;

/** What C may keep: a function that C has given, or a kept callback. */
export type FunctionPointer<F extends Declared> = CallOf<F> | KeptCallback;

/** A function pointer type declared with {@link functionPointer}. */
export interface FunctionPointerType<F extends Declared>
  extends
    Parameter<FunctionPointer<F>>,
    Returnable<CallOf<F> | null>,
    Field<FunctionPointer<F> | null> {
  readonly abi: 'address';
  /**
   * Makes a callback that C may keep. It lives until its `dispose()`.
   *
   * @throws {TypeError} when it is no function, or when C passes or wants what no callback
   *   can have, such as an array
   */
  keep(call: CallOf<F>, options?: KeepOptions): KeptCallback;
}

interface Known {
  readonly address: bigint;
  readonly domain: object;
  readonly signature: string;
}

/** The functions that C has given. */
const known = new WeakMap<object, Known>();

/**
 * Declares a pointer to a function that outlives a call: one that C returns, has in a
 * struct or in a variable, which is called as a JavaScript function; and one that C keeps,
 * made by `keep()`. For what C calls only until the function returns, `callback()` is
 * simpler.
 *
 * That the function at the address has this declaration cannot be checked, and neither
 * that its library still has it.
 *
 * @throws {TypeError} when it is declared with `offThread` or `errno`
 */
export function functionPointer<const F extends Declared>(declared: F): FunctionPointerType<F> {
  const { parameters, result, options } = declared;
  if (options.offThread === true || options.errno === true) {
    throw new TypeError(
      'Cannot declare a function pointer: its declaration has offThread or errno; leave them out',
    );
  }
  const signature = signatureOf(declared);
  const description = `pointer to a function (${parameters.map((one) => one.description).join(', ')})`;
  const expected = `a function that C has given or a kept callback (${description})`;

  const lift = (raw: unknown, memory: Memory): CallOf<F> | null => {
    const address = BigInt.asUintN(64, raw as bigint);
    if (address === 0n) return null;
    const { process } = memory;
    if (process === undefined) throw elsewhere();
    const call = compileCall(
      'function pointer',
      declared,
      {
        bind: (name, raw2) => process.bindAddress(name, address, raw2),
        addressOf: () => address,
      },
      memory,
    );
    known.set(call, { address, domain: memory.domain, signature });
    return call as CallOf<F>;
  };
  const addressOf = (value: unknown, at: ArgumentPosition, memory: Memory): bigint => {
    if (memory.process === undefined) throw elsewhere();
    if (keptAccess().is(value)) {
      if (keptAccess().signatureOf(value) !== signature) throw wrongKind(at, expected, value);
      return keptAccess().addressOf(value, at, memory);
    }
    const given = typeof value === 'function' ? known.get(value) : undefined;
    if (given?.signature !== signature || given.domain !== memory.domain) {
      throw wrongKind(at, expected, value);
    }
    return given.address;
  };
  return {
    description,
    abi: 'address',
    fieldAbi: 'address',
    lower: (value, at, frame) => addressOf(value, at, frame.memory),
    lift,
    write(view, offset, value, at, frame) {
      const address = value === null ? 0n : addressOf(value, at, frame.memory);
      writeScalar(view, offset, 'address', address);
    },
    read: (view, offset, memory) => lift(readScalar(view, offset, 'address'), memory),
    keep(call, { onError = rethrow } = {}) {
      if (typeof call !== 'function')
        throw new TypeError(`Cannot keep a callback: it must be a function, got ${describe(call)}`);
      const abi = callbackAbi(declared);
      return keptAccess().make({
        abi,
        signature,
        bind: (memory) =>
          calledBack({
            call: call as (...args: unknown[]) => unknown,
            parameters: parameters as unknown as readonly Returnable<unknown>[],
            result: result as ScalarType<unknown, unknown>,
            at: { functionName: 'kept callback', place: 'the result' },
            memory,
            // C may call it in any call, however full the stack is.
            before: memory.process?.requireStack,
            onError: (error) => {
              try {
                onError(error);
              } catch (another) {
                rethrow(another);
              }
            },
          }),
      });
    },
  };
}

function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

function elsewhere(): FfiError {
  return new FfiError(
    'ERR_FFI_UNSUPPORTED',
    'Cannot use a function pointer of another process: it works without isolated() only',
  );
}

function signatureOf({ parameters, result, options }: Declared): string {
  return JSON.stringify([parameters.map(({ abi }) => abi), result.abi, options.variadicAfter]);
}

function callbackPart(abi: Abi): CallbackAbi['parameters'][number] {
  if (abi === 'buffer') return 'address';
  if (typeof abi === 'string' && abi !== 'void') return abi;
  throw new TypeError('Cannot keep a callback: it takes a struct by value or a callback');
}

function callbackAbi({ parameters, result }: Declared): CallbackAbi {
  for (const parameter of parameters) {
    if (!('lift' in parameter)) {
      throw new TypeError(
        `Cannot keep a callback that takes a ${parameter.description}: it can take scalars, ` +
          'cString, constRef() and opaque()',
      );
    }
  }
  const { abi } = result;
  if (typeof abi === 'object' || abi === 'address' || abi === 'buffer') {
    throw new TypeError('Cannot keep a callback: its result must be a scalar or nothing');
  }
  return {
    kind: 'callback',
    parameters: parameters.map((one) => callbackPart(one.abi)),
    result: abi,
    anyThread: false,
  };
}
