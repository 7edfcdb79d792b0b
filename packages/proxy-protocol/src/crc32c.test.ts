import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

test.each([
  ['123456789', 0xe306_9283],
  ['', 0],
  // RFC 3720, appendix B.4.
  ['\0'.repeat(32), 0x8a91_36aa],
  ['\u00ff'.repeat(32), 0x62a8_ab43],
])('crc32c() of %j is the published one', (text, expected) => {
  expect(crc32c(Buffer.from(text, 'latin1'))).toBe(expected);
});
