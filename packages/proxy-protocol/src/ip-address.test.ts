import { SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from './ip-address.ts';

test('formatAddress() writes IPv6 as Node does, and parseAddress() reads it back', () => {
  const byte = fc.oneof(fc.constant(0), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(byte, byte), { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Buffer.from(groups.flat());
      const text = formatAddress(bytes);
      expect(parseAddress(text)).toEqual(bytes);
      // The system writes ::1.2.3.4 for addresses of a form that is out of use.
      if (groups.slice(0, 6).every(([high, low]) => high === 0 && low === 0)) return;
      expect(text).toBe(new SocketAddress({ address: text, family: 'ipv6' }).address);
    }),
    { numRuns: 2_000 },
  );
});

test.each(['1.2.3', '1.2.3.4.5', '::g', '1:2', 'fe80::1%eth0', '', 'localhost'])(
  'parseAddress() knows that %j is no address',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);

test.each([
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['::FFFF:1.2.3.4', '::ffff:1.2.3.4'],
  ['0:0:1:0:0:0:0:1', '0:0:1::1'],
  ['1::', '1::'],
  ['::', '::'],
])('%s is %s', (text, canonical) => {
  expect(formatAddress(parseAddress(text)!)).toBe(canonical);
});
