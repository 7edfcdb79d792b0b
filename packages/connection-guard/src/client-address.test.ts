import { expect, test } from 'vitest';
import { addressKey, clientAddress } from './client-address.ts';

test('clientAddress gives an IPv4 client of a dual-stack listener by its IPv4 address', () => {
  expect(clientAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(clientAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  expect(clientAddress('2001:db8::1')).toBe('2001:db8::1');
  expect(clientAddress('192.0.2.1')).toBe('192.0.2.1');
});

test('addressKey counts IPv6 addresses of one prefix together and IPv4 addresses apart', () => {
  const key = addressKey('2001:db8:0:1::1', 64);
  expect(addressKey('2001:db8:0:1:ffff:ffff:ffff:ffff', 64)).toBe(key);
  expect(addressKey('2001:0db8:0000:0001::192.0.2.1', 64)).toBe(key);
  expect(addressKey('2001:db8:0:2::1', 64)).not.toBe(key);
  expect(addressKey('2001:db8:0:1::1', 128)).not.toBe(addressKey('2001:db8:0:1::2', 128));
  expect(addressKey('2001:db8:0:2::1', 48)).toBe(addressKey('2001:db8::1', 48));
  expect(addressKey('::', 64)).toBe(addressKey('::1', 64));
  expect(addressKey('fe80::1%eth0', 64)).toBe(addressKey('fe80::2', 64));
  expect(addressKey('192.0.2.1', 64)).not.toBe(addressKey('192.0.2.2', 64));
});
