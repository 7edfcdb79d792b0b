import { isCallback } from '../memory/abi.ts';
import type { FastParameter, OutParameter, Parameter } from './parameter.ts';

/**
 * Gives a parameter the name that a length specification such as `f64Array('n')`
 * refers to, and that error messages show.
 *
 * @throws {TypeError} when the label is not a C identifier
 */
export function named<P extends Parameter<unknown> | OutParameter<unknown>>(
  label: string,
  type: P,
): P {
  if (!/^[A-Za-z_]\w*$/.test(label)) {
    throw new TypeError(`Cannot name a parameter '${label}': it must be a C identifier`);
  }
  return { ...type, label };
}

/**
 * Lets a pointer, string, buffer, reference or callback be null, which C sees as NULL.
 * A function whose callbacks are all null can be called where callbacks are unsupported.
 *
 * @throws {TypeError} when it is no pointer
 */
export function nullable<Argument>(type: Parameter<Argument>): Parameter<Argument | null> {
  const { abi } = type;
  if (abi !== 'address' && abi !== 'buffer' && !isCallback(abi)) {
    throw new TypeError(`Cannot make ${type.description} nullable: only pointers can be NULL`);
  }
  return {
    ...type,
    description: `${type.description} or null`,
    canBeNull: true,
    lower(value, at, frame) {
      if (value === null) return abi === 'address' ? 0n : null;
      return type.lower(value, at, frame);
    },
    fast:
      type.fast === undefined
        ? undefined
        : (memory, arena, takesText) => nullableFast(type.fast?.(memory, arena, takesText)),
  };
}

function nullableFast(inner: FastParameter | undefined): FastParameter | undefined {
  if (inner === undefined) return undefined;
  const { abi, isText, lower, after, memory: bytes } = inner;
  const none = abi === 'address' ? 0n : null;
  return {
    abi,
    isText,
    memory: bytes,
    lower: (value, at, frame) => (value === null ? none : lower(value, at, frame)),
    after:
      after === undefined
        ? undefined
        : (value) => {
            if (value !== null) after(value);
          },
  };
}

/**
 * Says that C only reads an array, bytes or a buffer (`const double *`): what it gets as
 * a copy is not written back.
 *
 * @throws {TypeError} when C does not get the caller's own memory
 */
export function constant<P extends Parameter<unknown>>(type: P): P {
  if (type.borrows === undefined) {
    throw new TypeError(
      `Cannot make ${type.description} constant: only arrays, bytes() and charBuffer() can be`,
    );
  }
  return { ...type, borrows: 'read' };
}
