import { Buffer } from 'node:buffer';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { textWithNul } from './text-memory.ts';

test('texts of every length keep their bytes and end in NUL, side by side', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 3000, size: 'max' });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      const encoded = texts.map((one) => textWithNul(one));
      expect(encoded.map((bytes) => Buffer.from(bytes).toString('utf8'))).toEqual(
        texts.map((one) => `${one.toWellFormed()}\0`),
      );
    }),
    { numRuns: 50 },
  );
});

test('a short text shares memory of some kilobytes, a long one has its own', () => {
  expect(textWithNul('short').buffer.byteLength).toBe(4096);
  expect(textWithNul('x'.repeat(5000)).buffer.byteLength).toBe(5001);
});
