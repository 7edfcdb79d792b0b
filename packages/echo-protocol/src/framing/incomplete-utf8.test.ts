import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { incompleteUtf8Bytes } from './incomplete-utf8.ts';

/** Asks TextDecoder: bytes it holds back in a stream are neither text nor errors yet. */
function heldByTextDecoder(bytes: Uint8Array): number {
  for (let held = Math.min(3, bytes.length); held > 0; held--) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    decoder.decode(bytes.subarray(0, bytes.length - held), { stream: true });
    const rest = bytes.subarray(bytes.length - held);
    const starts = rest[0]! >= 0xc0;
    if (starts && new TextDecoder('utf-8').decode(rest, { stream: true }) === '') return held;
  }
  return 0;
}

test('incompleteUtf8Bytes() counts what a streaming TextDecoder holds back', () => {
  const byte = fc.constantFrom(
    0x20,
    0x61,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xc3,
    0xdf,
    0xe0,
    0xe1,
    0xed,
    0xef,
    0xf0,
    0xf1,
    0xf4,
    0xf5,
    0xff,
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (values) => {
      const bytes = Uint8Array.from(values);
      expect(incompleteUtf8Bytes(bytes, 0, bytes.length)).toBe(heldByTextDecoder(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test('incompleteUtf8Bytes() does not look before the start', () => {
  expect(incompleteUtf8Bytes(Buffer.from('é'), 1, 2)).toBe(0);
});
