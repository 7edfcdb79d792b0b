import { BlockList, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type TrustedSources, trustedSources } from './trusted-sources.ts';

const from = (remoteAddress: string | undefined, localAddress?: string): Socket =>
  ({ remoteAddress, localAddress }) as Socket;

test('trustedSources() knows addresses, networks and mapped addresses', () => {
  const isTrusted = trustedSources(['192.0.2.1', '10.0.0.0/8', 'fd00::/8', 'fe80::1']);
  for (const address of ['192.0.2.1', '10.9.8.7', '::ffff:10.9.8.7', 'fd12::1', 'fe80::1%eth0']) {
    expect(isTrusted(from(address)), address).toBe(true);
  }
  for (const address of ['192.0.2.2', '11.0.0.1', '::ffff:11.0.0.1', 'fe80::2', '::1']) {
    expect(isTrusted(from(address)), address).toBe(false);
  }
  expect(isTrusted(from(undefined))).toBe(false);
});

test('trustedSources() takes a BlockList, and unix peers only by name', () => {
  const list = new BlockList();
  list.addAddress('192.0.2.1');
  expect(trustedSources(list)(from('192.0.2.1'))).toBe(true);
  expect(trustedSources(list)(from(undefined))).toBe(false);
  expect(trustedSources(['unix'])(from(undefined))).toBe(true);
  // A TCP peer that reset its connection has no address any more, but the socket has.
  expect(trustedSources(['unix'])(from(undefined, '127.0.0.1'))).toBe(false);
  expect(trustedSources([])(from('127.0.0.1'))).toBe(false);
});

test.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'localhost', '', 7, 'fe80::1%lo'])(
  'trustedSources() refuses %j',
  (entry) => {
    expect(() => trustedSources([entry] as TrustedSources)).toThrow(TypeError);
  },
);
