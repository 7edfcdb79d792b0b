import { expect, test } from 'vitest';
import { encodeProxyHeader, type ProxyHeaderInput } from './encode-proxy-header.ts';

const v4 = { address: '192.0.2.1', port: 1 };
const v6 = { address: '::1', port: 1 };
const both = (end: typeof v4 | { path: string }): object => ({ source: end, destination: end });

test.each<[object, string]>([
  [
    { version: 2, srouce: v4 },
    'Unknown option srouce of encodeProxyHeader(): did you mean source?',
  ],
  [{ version: 2, tlvs: { authorty: 'a' } }, 'Unknown option tlvs.authorty: did you mean tlvs.auth'],
  [{ version: 2, tlvs: { ssl: { cypher: 'a' } } }, 'Unknown option tlvs.ssl.cypher: did you mean'],
  [{ version: 3 }, 'Option version must be 1 or 2, got 3'],
  [{ version: 2, command: 'reset' }, "must be one of 'proxy', 'local', got 'reset'"],
  [{ version: 2, source: v4 }, 'must be given both, or neither'],
  [{ version: 2, source: v4, destination: v6 }, 'must be of one family, got IPv4 and IPv6'],
  [{ version: 2, source: v4, destination: { path: '' } }, 'must be of one family'],
  [{ version: 2, ...both({ address: 'host', port: 1 }) }, "must be an IP address, got 'host'"],
  [{ version: 2, ...both({ address: '::1', port: -1 }) }, 'Option source.port must be a whole'],
  [{ version: 2, ...both({ path: 'x'.repeat(109) }) }, 'must have at most 108 bytes, got 109'],
  [{ version: 2, ...both({ path: '/a\0b' }) }, 'must have no NUL but a first one'],
  [
    { version: 2, ...both(v4), transport: 'sctp' },
    "must be one of 'stream', 'datagram', got 'sctp'",
  ],
  [{ version: 2, tlvs: { uniqueId: Buffer.alloc(129) } }, 'at most 128 bytes, got 129'],
  [{ version: 2, tlvs: { other: [{ type: 3, value: Buffer.alloc(4) }] } }, 'the type 0x3'],
  [{ version: 2, tlvs: { alpn: 'x'.repeat(65_536) } }, 'at most 65535 bytes, got 65536'],
  [{ version: 2, tlvs: { alpn: 'x'.repeat(65_533) } }, 'a header of 65552 bytes'],
  [{ version: 1, command: 'local' }, "a version 1 header with the command 'local'"],
  [{ version: 1, ...both({ path: '/a' }) }, 'a version 1 header with unix-domain sockets'],
  [{ version: 1, ...both(v4), transport: 'datagram' }, "with the transport 'datagram'"],
  [{ version: 1, tlvs: { alpn: 'h2' } }, 'a version 1 header with extensions'],
  [{ version: 1, checksummed: true }, 'a version 1 header with a checksum'],
])('encodeProxyHeader() refuses %o', (input, message) => {
  expect(() => encodeProxyHeader(input as ProxyHeaderInput)).toThrow(message);
});
