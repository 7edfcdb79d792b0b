import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeCString, encodeCString, stringBuffer } from './string-types.ts';

const at = { functionName: 'f', place: 'argument 1' };

test('decodeCString() returns what encodeCString() encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0') && text.isWellFormed());
      expect(decodeCString(encodeCString(text, at))).toBe(text);
    }),
  );
});

test('encodeCString() refuses NUL, half surrogate pairs and what is no string', () => {
  expect(() => encodeCString('a\0b', at)).toThrow(RangeError);
  expect(() => encodeCString('\ud800', at)).toThrow(TypeError);
  expect(() => encodeCString(5, at)).toThrow(TypeError);
});

test('stringBuffer() has the capacity of its text and NUL, or the one given', () => {
  expect(stringBuffer('äb').capacityBytes).toBe(4);
  expect(stringBuffer(8).value).toBe('');
  const buffer = stringBuffer('ab', 8);
  expect([buffer.capacityBytes, buffer.value]).toEqual([8, 'ab']);
  buffer.value = 'longer';
  expect(buffer.value).toBe('longer');
  expect(() => {
    buffer.value = 'too long for it';
  }).toThrow(RangeError);
  expect(() => stringBuffer(0)).toThrow(RangeError);
  expect(() => stringBuffer('abc', 3)).toThrow(RangeError);
});
