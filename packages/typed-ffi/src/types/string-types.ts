import { Buffer } from 'node:buffer';

import {
  describe,
  outOfRange,
  wrongKind,
  type ArgumentPosition,
} from '../errors/argument-position.ts';
import type { LengthSpec } from './length-expression.ts';
import { lengthRequirement } from './length-requirement.ts';
import type { Arena } from '../memory/arena.ts';
import type { FastParameter, Field, Parameter, Returnable } from './parameter.ts';
import type { Memory, ProcessAccess } from '../memory/memory.ts';
import { readScalar, writeScalar } from '../memory/raw-memory.ts';
import { typedArrayLength, typedArrayName } from '../memory/view-size.ts';
import { textWithNul } from '../memory/text-memory.ts';

/**
 * Encodes text for C: UTF-8 and a NUL.
 *
 * @throws {TypeError} when the value is no string, or holds half of a surrogate pair
 * @throws {RangeError} when the text holds a NUL, which would cut it short in C
 */
export function encodeCString(value: unknown, at: ArgumentPosition): Uint8Array {
  return textWithNul(checkedText(value, at));
}

function checkedText(value: unknown, at: ArgumentPosition): string {
  if (typeof value !== 'string') throw wrongKind(at, 'a string', value);
  if (value.includes('\0')) {
    const nul = value.indexOf('\0');
    throw outOfRange(at, `a string without NUL (there is one at ${nul})`, value);
  }
  if (!value.isWellFormed()) {
    throw wrongKind(at, 'well-formed text (no half of a surrogate pair)', value);
  }
  return value;
}

/** Decodes bytes as UTF-8 up to the first NUL, or all of them when there is none. */
export function decodeCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8');
}

/** The type of {@link cString}. */
export interface CStringType
  extends Parameter<string>, Returnable<string | null>, Field<string | null> {
  readonly abi: 'buffer';
  readonly fieldAbi: 'address';
}

/**
 * `const char *`: text for C to read. As an argument, a string without NUL, copied
 * as UTF-8, valid until the function returns. As a result, a copy of the text, or
 * null for NULL; C keeps what it returned. As a field or behind an `out()`, a pointer to
 * text: read as a copy, written as memory that is valid until the function returns.
 */
export const cString: CStringType = {
  description: 'C string',
  abi: 'buffer',
  reads: 'string',
  lower: encodeCString,
  fast: fastText,
  lift(raw, memory) {
    if (typeof raw !== 'bigint') return raw as string | null;
    return raw === 0n ? null : memory.readString(raw);
  },
  fieldAbi: 'address',
  write(view, offset, value, at, frame) {
    const address = value === null ? 0n : frame.lend(encodeCString(value, at), at);
    writeScalar(view, offset, 'address', address);
  },
  read(view, offset, memory) {
    const address = readScalar(view, offset, 'address') as bigint;
    return address === 0n ? null : memory.readString(address);
  },
};

/** Texts of at most this many bytes, NUL included, are passed in memory that is kept. */
const KEPT_TEXT_BYTES = 512;

/** Texts of at most this length are encoded here, while they are ASCII. */
const SHORT_TEXT_LENGTH = 64;

function fastText(_memory: Memory, arena: Arena, takesText: boolean): FastParameter {
  if (takesText) return { abi: 'buffer', isText: true, lower: checkedText };
  const { bytes, address } = arena.take(KEPT_TEXT_BYTES);
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  return {
    abi: 'address',
    lower(value, at, frame) {
      if (typeof value === 'string' && value.length * 3 < KEPT_TEXT_BYTES) {
        const { length } = value;
        let i = 0;
        if (length <= SHORT_TEXT_LENGTH) {
          for (; i < length; i++) {
            const code = value.charCodeAt(i);
            // NUL wraps to the top.
            if ((code - 1) >>> 0 >= 0x7f) break;
            bytes[i] = code;
          }
        }
        if (i === length) {
          bytes[i] = 0;
          return address;
        }
        if (!value.includes('\0') && value.isWellFormed()) {
          bytes[buffer.write(value, 'utf8')] = 0;
          return address;
        }
      }
      return frame.lend(encodeCString(value, at), at);
    },
  };
}

/** Returns the memory of a string buffer, or undefined for anything else. */
let bytesOf: (value: unknown) => Uint8Array | undefined;

/** Returns the address of a string buffer's memory. */
let addressOf: (buffer: StringBuffer, process: ProcessAccess) => bigint;

/**
 * A writable, NUL-terminated text that the caller owns, as ctypes'
 * `create_string_buffer` makes it.
 */
export class StringBuffer {
  readonly #bytes: Uint8Array;
  /** Memory that C has seen once does not move; it can only be taken away as a whole. */
  #address: bigint | undefined;

  /** @throws {TypeError} when it is no Uint8Array */
  constructor(bytes: Uint8Array) {
    if (typedArrayName(bytes) !== 'Uint8Array') {
      throw new TypeError(
        `Cannot make a string buffer: bytes must be a Uint8Array, got ${describe(bytes)}`,
      );
    }
    this.#bytes = bytes;
  }

  static {
    bytesOf = (value) =>
      typeof value === 'object' && value !== null && #bytes in value ? value.#bytes : undefined;
    addressOf = (buffer, process) => (buffer.#address ??= process.addressOf(buffer.#bytes));
  }

  /** The memory that C sees. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** How many bytes C may use, the NUL included. */
  get capacityBytes(): number {
    return this.bytes.length;
  }

  /** The text up to the first NUL. */
  get value(): string {
    return decodeCString(this.bytes);
  }

  set value(text: string) {
    const encoded = encodeCString(text, { functionName: 'StringBuffer.value', place: 'the text' });
    if (encoded.length > this.bytes.length) {
      throw new RangeError(
        `Cannot store '${text}': it needs ${encoded.length} bytes with its NUL, ` +
          `the buffer has ${this.bytes.length}`,
      );
    }
    this.bytes.fill(0);
    this.bytes.set(encoded);
  }
}

/**
 * Makes a {@link StringBuffer}: of a number of zero bytes, or large enough for a
 * text and its NUL, or of a number of bytes with the text in them.
 *
 * @throws {RangeError} when the capacity is not a positive integer or the text does not fit
 */
export function stringBuffer(initial: number | string, capacityBytes?: number): StringBuffer {
  const text = typeof initial === 'string' ? initial : '';
  const capacity =
    capacityBytes ?? (typeof initial === 'number' ? initial : Buffer.byteLength(initial) + 1);
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(
      `Cannot make a string buffer of '${capacity}' bytes: capacityBytes must be 1 or more`,
    );
  }
  const buffer = new StringBuffer(new Uint8Array(capacity));
  buffer.value = text;
  return buffer;
}

/** What an array's own `includes` would say is not asked. */
const includesNul = Function.prototype.call.bind(Uint8Array.prototype.includes) as (
  bytes: Uint8Array,
  value: number,
) => boolean;

/**
 * `char *`: text that C changes or fills in place, in a {@link StringBuffer}.
 * Its bytes must hold a NUL, so that C finds the end; with a capacity they must
 * also be at least that many.
 *
 * @param capacityBytes what C may write, as a number or the label of a parameter.
 * @throws {TypeError} when a text is no length
 * @throws {RangeError} when a number is no length
 */
export function charBuffer(capacityBytes?: LengthSpec): Parameter<StringBuffer> {
  const requires = lengthRequirement(capacityBytes, 'bytes', (value) =>
    typedArrayLength(bytesOf(value)),
  );
  return {
    description: 'StringBuffer',
    abi: 'buffer',
    borrows: 'write',
    requires,
    lower: checkedBytes,
    fast({ process }) {
      if (process === undefined) return undefined;
      // An address alone would not keep what it is of.
      let held: unknown;
      return {
        abi: 'address',
        lower(value, at) {
          checkedBytes(value, at);
          held = value;
          return addressOf(held as StringBuffer, process);
        },
        after() {
          held = undefined;
        },
      };
    },
  };
}

function checkedBytes(value: unknown, at: ArgumentPosition): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes === undefined) throw wrongKind(at, 'a StringBuffer (see stringBuffer())', value);
  const length = typedArrayLength(bytes);
  // Memory that has been taken away has none either.
  if (length === 0 || (bytes[length - 1] !== 0 && !includesNul(bytes, 0))) {
    throw outOfRange(at, 'a StringBuffer with a NUL in it', value);
  }
  return bytes;
}
