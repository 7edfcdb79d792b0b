import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyInput, expectedHeader } from '../test/fixtures/header-inputs.ts';
import { encodeProxyHeader } from './encode-proxy-header.ts';
import { InvalidProxyHeaderError } from './errors.ts';
import { createProxyHeaderDecoder } from './proxy-header-decoder.ts';
import { type ProxyHeader, V1_PREFIX, V2_SIGNATURE } from './proxy-header.ts';
import { isClientVerified } from './proxy-tlvs.ts';

const LIMIT = { maxHeaderBytes: 65_551 };

/** Decodes chunks; gives the header and all bytes that the decoder left. */
function decode(chunks: readonly Buffer[]): { header?: ProxyHeader; rest: Buffer } {
  const decoder = createProxyHeaderDecoder(LIMIT);
  for (const [index, chunk] of chunks.entries()) {
    const decoded = decoder.push(chunk);
    if (decoded === undefined) continue;
    return {
      header: decoded.header,
      rest: Buffer.concat([decoded.rest, ...chunks.slice(index + 1)]),
    };
  }
  return { rest: Buffer.alloc(0) };
}

function outcome(chunks: readonly Buffer[]): object {
  try {
    return decode(chunks);
  } catch (error) {
    if (error instanceof InvalidProxyHeaderError) return { refused: error.message };
    throw error;
  }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

const refusal = (bytes: string | Buffer): string => {
  try {
    createProxyHeaderDecoder().push(Buffer.from(bytes as string, 'latin1'));
  } catch (error) {
    if (error instanceof InvalidProxyHeaderError) return error.message;
    throw error;
  }
  return 'accepted';
};

const v2 = (verCmd: number, family: number, content: Buffer): Buffer =>
  Buffer.concat([
    V2_SIGNATURE,
    Buffer.from([verCmd, family, content.length >> 8, content.length & 0xff]),
    content,
  ]);

describe('A header', () => {
  test('decodes to what was encoded, for everything that a header can say', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const bytes = encodeProxyHeader(input);
        const { header } = decode([bytes]);
        expect(header).toEqual(expectedHeader(input, bytes.length));
        // A decoded header encodes to an equal one.
        expect(encodeProxyHeader(header!)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test('decodes to the same, and leaves the same bytes, for every split of the bytes', () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.uint8Array({ maxLength: 50 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (input, after, places) => {
          const header = encodeProxyHeader(input);
          const stream = Buffer.concat([header, after]);
          const whole = decode([stream]);
          expect(whole.rest).toEqual(Buffer.from(after));
          expect(whole.header?.headerBytes).toBe(header.length);
          expect(decode(cut(stream, places))).toEqual(whole);
          expect(decode(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(whole);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is incomplete until its last byte', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(), (input, place) => {
        const bytes = encodeProxyHeader(input);
        const decoder = createProxyHeaderDecoder(LIMIT);
        const length = place % bytes.length;
        expect(decoder.push(bytes.subarray(0, length))).toBeUndefined();
        expect(decoder.receivedBytes).toBe(length);
      }),
    );
  });
});

describe('Any bytes', () => {
  const start = fc.constantFrom(
    Buffer.alloc(0),
    V1_PREFIX,
    Buffer.from('PROXY TCP4 1.2.3.4 '),
    V2_SIGNATURE,
    Buffer.concat([V2_SIGNATURE, Buffer.from([0x21, 0x11, 0, 20])]),
    Buffer.concat([V2_SIGNATURE, Buffer.from([0x21, 0x00, 0, 30])]),
  );

  test('are a header, incomplete, or refused with the typed error, whatever their split', () => {
    fc.assert(
      fc.property(
        start,
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (first, random, places) => {
          const stream = Buffer.concat([first, random]);
          const whole = outcome([stream]);
          expect(outcome(cut(stream, places))).toEqual(whole);
          if ('header' in whole && whole.header !== undefined) {
            const { header, rest } = whole as { header: ProxyHeader; rest: Buffer };
            expect(header.headerBytes + rest.length).toBe(stream.length);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('that damage a header never make it throw anything else', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(), fc.nat({ max: 255 }), (input, place, byte) => {
        const bytes = encodeProxyHeader(input);
        bytes[place % bytes.length] = byte;
        expect(outcome([bytes])).toBeTypeOf('object');
      }),
      { numRuns: 3_000 },
    );
  });

  test('that damage a checksummed header are always refused or leave it incomplete', () => {
    const input = {
      version: 2,
      checksummed: true,
      source: { address: '192.0.2.1', port: 1 },
      destination: { address: '192.0.2.2', port: 2 },
    } as const;
    const bytes = encodeProxyHeader(input);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      const at = bit >> 3;
      damaged[at] = damaged.readUInt8(at) ^ (1 << (bit & 7));
      const result = outcome([damaged]) as { header?: ProxyHeader };
      // LOCAL is one bit away, and is to be accepted whatever follows; so is a type that is none.
      if (result.header?.command === 'local') continue;
      expect(result.header?.checksummed ?? false, `bit ${bit}`).toBe(false);
    }
  });
});

describe('The decoder', () => {
  test('reads the examples of the specification', () => {
    const line = 'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET / HTTP/1.1\r\n';
    const { header, rest } = decode([Buffer.from(line)]);
    expect(header).toEqual({
      version: 1,
      command: 'proxy',
      family: 'IPv4',
      transport: 'stream',
      source: { address: '192.168.0.1', port: 56_324 },
      destination: { address: '192.168.0.11', port: 443 },
      tlvs: {},
      checksummed: false,
      headerBytes: 47,
    });
    expect(rest.toString()).toBe('GET / HTTP/1.1\r\n');
    const six = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    for (const [text, length] of [
      ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n', 56],
      [`PROXY TCP6 ${six} ${six} 65535 65535\r\n`, 104],
      ['PROXY UNKNOWN\r\n', 15],
      [`PROXY UNKNOWN ${six} ${six} 65535 65535\r\n`, 107],
    ] as const) {
      expect(text.length).toBe(length);
      expect(decode([Buffer.from(text)]).header?.headerBytes).toBe(length);
    }
  });

  test('reads version 2 by the layout of the specification', () => {
    const bytes = Buffer.from(
      '0d0a0d0a000d0a515549540a2111000fc0a80001c0a8000bdc0401bb040000',
      'hex',
    );
    expect(decode([bytes]).header).toMatchObject({
      version: 2,
      source: { address: '192.168.0.1', port: 56_324 },
      destination: { address: '192.168.0.11', port: 443 },
      tlvs: {},
    });
    // LOCAL: the family and whatever follows are to be skipped.
    const local = decode([v2(0x20, 0xff, Buffer.from('anything')), Buffer.from('data')]);
    expect(local.header).toMatchObject({ command: 'local', family: 'unknown', headerBytes: 24 });
    expect(local.rest.toString()).toBe('data');
  });

  test.each([
    ['GET / HTTP/1.1\r\n', 'byte 0 is 0x47'],
    ['PROXX', 'byte 4 is 0x58'],
    ['PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n', 'must be TCP4, TCP6 or UNKNOWN, got "TCP5"'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n', 'two addresses and two ports'],
    ['PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n', 'two addresses and two ports'],
    ['PROXY TCP4 1.2.3.04 1.2.3.4 1 1\r\n', 'source must be an IPv4 address, got "1.2.3.04"'],
    ['PROXY TCP4 ::1 ::1 1 1\r\n', 'source must be an IPv4 address, got "::1"'],
    ['PROXY TCP6 ::1 1.2.3.4 1 1\r\n', 'destination must be an IPv6 address'],
    ['PROXY TCP6 fe80::1%lo ::1 1 1\r\n', 'source must be an IPv6 address'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n', 'without leading zeroes, got "01"'],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n', 'destination port must be 0 to 65535'],
    ['PROXY UNKNOWN\n', 'must end with CR and LF'],
    ['PROXY UNKNOWN\rX', 'must end with CR and LF'],
    [`PROXY UNKNOWN ${'x'.repeat(93)}`, 'does not end within 107 bytes'],
    [v2(0x31, 0x11, Buffer.alloc(12)), '13th byte must be 0x20 (LOCAL) or 0x21 (PROXY), got 0x31'],
    [v2(0x22, 0x11, Buffer.alloc(12)), 'got 0x22'],
    [v2(0x21, 0x41, Buffer.alloc(12)), '14th byte must be one of'],
    [v2(0x21, 0x11, Buffer.alloc(11)), 'take 12 bytes, but its length is 11'],
    [v2(0x21, 0x31, Buffer.alloc(36)), 'take 216 bytes, but its length is 36'],
    [v2(0x21, 0x11, Buffer.alloc(14)), 'last extension is cut short'],
    [v2(0x21, 0x11, Buffer.concat([Buffer.alloc(12), Buffer.from([3, 0, 0])])), '4 bytes, got 0'],
    [
      v2(0x21, 0x11, Buffer.concat([Buffer.alloc(12), Buffer.from([1, 0, 0, 1, 0, 0])])),
      'type 0x1 comes twice',
    ],
    [v2(0x21, 0x11, Buffer.concat([Buffer.alloc(12), Buffer.from([0x20, 0, 0])])), 'about TLS'],
    [v2(0x21, 0x11, Buffer.alloc(4_081)), 'it has 4097 bytes, and 4096 are allowed'],
  ])('refuses %j', (bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });

  test('refuses a version 2 header over its limit before its content has come', () => {
    const decoder = createProxyHeaderDecoder({ maxHeaderBytes: 100 });
    const head = v2(0x21, 0x11, Buffer.alloc(85)).subarray(0, 16);
    expect(() => decoder.push(head)).toThrow('it has 101 bytes, and 100 are allowed');
    // And stays failed.
    expect(() => decoder.push(Buffer.alloc(1))).toThrow(InvalidProxyHeaderError);
  });

  test('refuses to go on after the header, and options that make no sense', () => {
    const decoder = createProxyHeaderDecoder();
    decoder.push(Buffer.from('PROXY UNKNOWN\r\n'));
    expect(() => decoder.push(Buffer.from('x'))).toThrow(TypeError);
    expect(() => createProxyHeaderDecoder({ maxHeaderBytes: 15 })).toThrow(
      new RangeError('Option maxHeaderBytes must be a whole number, 16 to 65551, got 15'),
    );
    expect(() => createProxyHeaderDecoder().push('text' as unknown as Buffer)).toThrow(TypeError);
  });
});

test('isClientVerified() wants a certificate as well as the result 0', () => {
  const ssl = { tls: true, certificateOnConnection: false, certificateInSession: false };
  expect(isClientVerified({ ...ssl, verifyResult: 0 })).toBe(false);
  expect(isClientVerified({ ...ssl, certificateInSession: true, verifyResult: 0 })).toBe(true);
  expect(isClientVerified({ ...ssl, certificateOnConnection: true, verifyResult: 18 })).toBe(false);
  expect(isClientVerified(undefined)).toBe(false);
});
