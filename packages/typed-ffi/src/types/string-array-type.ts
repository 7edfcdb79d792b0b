import { within, wrongKind } from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import type { LengthSpec } from './length-expression.ts';
import { lengthRequirement } from './length-requirement.ts';
import type { Parameter, Returnable } from './parameter.ts';
import { encodeCString } from './string-types.ts';

/** The most texts that a result is read for, so that a missing NULL ends in an error. */
const MOST_RESULTS = 1_000_000;

/** The type of {@link stringArray}. */
export interface StringArrayType extends Parameter<readonly string[]>, Returnable<string[] | null> {
  readonly abi: 'buffer';
}

/**
 * `const char *const *` (`char **argv`): texts for C to read. As an argument, an array of
 * strings, copied, with a NULL after the last; valid until the function returns. As a
 * result, the texts up to the NULL, copied, or null for NULL.
 *
 * @param length how many texts C reads; see {@link LengthSpec}. The NULL is not counted.
 * @throws {TypeError} when a text is no length
 * @throws {RangeError} when a number is no length
 */
export function stringArray(length?: LengthSpec): StringArrayType {
  return {
    description: 'string[]',
    abi: 'buffer',
    requires: lengthRequirement(length, 'texts', (value) => (value as readonly string[]).length),
    lower(value, at, frame) {
      if (!Array.isArray(value)) throw wrongKind(at, 'an array of strings', value);
      // Not map(), which leaves holes out.
      const texts = Array.from(value, (text: unknown, i) =>
        encodeCString(text, within(at, `[${i}]`)),
      );
      const addresses = new BigUint64Array(new ArrayBuffer((texts.length + 1) * 8));
      for (const [i, text] of texts.entries()) addresses[i] = frame.lend(text, at);
      return addresses;
    },
    lift(raw, memory) {
      const address = raw as bigint;
      if (address === 0n) return null;
      if (memory.process === undefined) {
        throw new FfiError(
          'ERR_FFI_UNSUPPORTED',
          'Cannot read an array of texts: it is in the memory of another process',
        );
      }
      const texts: string[] = [];
      for (let i = 0; i < MOST_RESULTS; i++) {
        const word = memory.read(address + BigInt(i * 8), 8);
        const [text = 0n] = new BigUint64Array(word.slice().buffer);
        if (text === 0n) return texts;
        texts.push(memory.readString(text));
      }
      throw new RangeError(`Cannot read an array of texts: there is no NULL in ${MOST_RESULTS}`);
    },
  };
}
