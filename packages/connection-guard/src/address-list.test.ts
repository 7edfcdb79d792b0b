import { expect, test } from 'vitest';
import { createAddressList, isListed } from './address-list.ts';

test('an address list holds addresses, subnets and ranges of both families', () => {
  const list = createAddressList('deny', [
    '192.0.2.1',
    '10.0.0.0/8',
    '198.51.100.5-198.51.100.9',
    '2001:db8::/32',
    'fe80::1-fe80::f',
  ]);
  const listed = ['192.0.2.1', '10.255.0.1', '198.51.100.9', '2001:db8:1::1', 'fe80::a%eth0'];
  expect(listed.filter((address) => !isListed(list, address))).toEqual([]);
  const others = ['192.0.2.2', '11.0.0.1', '198.51.100.10', '2001:db9::1', 'fe80::10'];
  expect(others.filter((address) => isListed(list, address))).toEqual([]);
});

test.each([
  '',
  'example.org',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '::/129',
  '10.0.0.9-10.0.0.1',
  '10.0.0.1-::1',
  '1.2.3.4-',
])('an address list refuses the entry %j and names it', (entry) => {
  expect(() => createAddressList('deny', [entry])).toThrow(
    new TypeError(
      "Option deny must hold addresses, subnets such as '10.0.0.0/8' or ranges such as " +
        `'192.0.2.1-192.0.2.9', got '${entry}'`,
    ),
  );
});
