import { MOST_STRUCT_BYTES, sizeOf, type ArrayAbi } from '../memory/abi.ts';
import { outOfRange, within, wrongKind } from '../errors/argument-position.ts';
import type { Field } from './parameter.ts';
import { decodeCString, encodeCString } from './string-types.ts';

/**
 * An array of a fixed length inside a struct (`float m[3]`), as a JavaScript array
 * of exactly that length; a typed array is taken too.
 *
 * @throws {RangeError} when the length is not a positive integer, or it has more than 16 MiB
 */
export function fixedArray<V>(element: Field<V>, length: number): Field<V[]> {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`Cannot declare an array of '${length}' elements: it needs 1 or more`);
  }
  checkSize(`an array of '${length}' elements`, length * sizeOf(element.fieldAbi));
  const fieldAbi: ArrayAbi = { kind: 'array', element: element.fieldAbi, length };
  const step = sizeOf(element.fieldAbi);
  const expected = `an array of ${length} elements (${element.description}[${length}])`;
  return {
    description: `${element.description}[${length}]`,
    fieldAbi,
    write(view, offset, value, at, frame) {
      if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && 'length' in value)) {
        throw wrongKind(at, expected, value);
      }
      const elements = value as ArrayLike<unknown>;
      if (elements.length !== length) throw outOfRange(at, expected, value);
      for (let i = 0; i < length; i++) {
        element.write(view, offset + i * step, elements[i], within(at, `[${i}]`), frame);
      }
    },
    read(view, offset, memory) {
      return Array.from({ length }, (_, i) => element.read(view, offset + i * step, memory));
    },
  };
}

/**
 * Text in a fixed array of char inside a struct (`char name[16]`), with room for its NUL.
 *
 * @throws {RangeError} when the length is not a positive integer, or it has more than 16 MiB
 */
export function charArray(length: number): Field<string> {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`Cannot declare a text of '${length}' bytes: it needs 1 or more`);
  }
  checkSize('a text', length);
  return {
    description: `char[${length}]`,
    fieldAbi: { kind: 'array', element: 'u8', length },
    write(view, offset, value, at) {
      const encoded = encodeCString(value, at);
      if (encoded.length > length) {
        throw outOfRange(at, `text of at most ${length - 1} bytes (char[${length}])`, value);
      }
      const target = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      target.fill(0);
      target.set(encoded);
    },
    read(view, offset) {
      return decodeCString(new Uint8Array(view.buffer, view.byteOffset + offset, length));
    },
  };
}

/** Refuses what would be copied at each call and is too large for that. */
function checkSize(what: string, sizeBytes: number): void {
  if (sizeBytes <= MOST_STRUCT_BYTES) return;
  throw new RangeError(
    `Cannot declare ${what} of ${sizeBytes} bytes in a struct: ${MOST_STRUCT_BYTES} are the most`,
  );
}
