import { expect, test } from 'vitest';
import { AddressLimit } from './address-limit.ts';

test('an address limit counts each client on its own, and forgets one without connections', () => {
  const limit = new AddressLimit({ maxConnectionsPerAddress: 2 });
  const permits = [limit.take('192.0.2.1'), limit.take('::ffff:192.0.2.1')];
  expect(permits).toEqual(['192.0.2.1', '192.0.2.1']);
  expect(limit.take('192.0.2.1')).toBeUndefined();
  expect(limit.take('192.0.2.2')).toBe('192.0.2.2');
  expect(limit.clients).toBe(2);
  limit.release('192.0.2.1');
  expect(limit.take('192.0.2.1')).toBe('192.0.2.1');
  for (const key of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) limit.release(key);
  expect(limit.clients).toBe(0);
});

test('an address limit refuses wrong options', () => {
  expect(() => new AddressLimit({ maxConnectionsPerAddress: 0 })).toThrow(RangeError);
});
