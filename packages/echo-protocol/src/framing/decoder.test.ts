import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  everyByte,
  lineMessage,
  splitAt,
  splitPlaces,
  streamBytes,
} from '../../test/fixtures/byte-splits.ts';
import { createDecoder } from './decoder.ts';
import { encodeMessage } from './encode-message.ts';
import type { Framing } from './framing.ts';
import { MessageTooLargeError } from './message-too-large-error.ts';
import { TruncatedMessageError } from './truncated-message-error.ts';

/** Decodes the chunks; an error is told by its code behind the messages before it. */
function decodeAll(
  framing: Framing,
  chunks: readonly Buffer[],
  maxMessageBytes?: number,
): string[] {
  const decoder = createDecoder(framing, { maxMessageBytes });
  const messages: string[] = [];
  try {
    for (const chunk of chunks) {
      for (const message of decoder.push(chunk)) messages.push(message.toString('hex'));
    }
    for (const message of decoder.end()) messages.push(message.toString('hex'));
  } catch (error) {
    if (error instanceof MessageTooLargeError) {
      messages.push(...error.messages.map((message) => message.toString('hex')), error.code);
    } else if (error instanceof TruncatedMessageError) {
      messages.push(error.code);
    } else {
      throw error;
    }
  }
  return messages;
}

describe('Decoder', () => {
  test.each(['line', 'length-prefixed'] as const)(
    'yields the same messages for every split of the bytes in %s framing',
    (framing) => {
      fc.assert(
        fc.property(fc.array(lineMessage, { maxLength: 6 }), splitPlaces, (messages, places) => {
          const bytes = Buffer.concat(messages.map((message) => encodeMessage(framing, message)));
          const expected = messages.map((message) => message.toString('hex'));
          expect(decodeAll(framing, [bytes])).toEqual(expected);
          expect(decodeAll(framing, splitAt(bytes, places))).toEqual(expected);
          expect(decodeAll(framing, everyByte(bytes))).toEqual(expected);
        }),
      );
    },
  );

  test.each(['line', 'length-prefixed'] as const)(
    'yields the same messages and the same error for every split of any bytes in %s framing',
    (framing) => {
      const bytes = fc.oneof(
        streamBytes,
        fc
          .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 12 })), {
            maxLength: 6,
          })
          .map((parts) =>
            Buffer.concat(parts.flatMap(([size, data]) => [Buffer.from([0, 0, 0, size]), data])),
          ),
      );
      fc.assert(
        fc.property(bytes, splitPlaces, fc.integer({ min: 1, max: 20 }), (all, places, limit) => {
          const whole = decodeAll(framing, [all], limit);
          expect(decodeAll(framing, splitAt(all, places), limit)).toEqual(whole);
          expect(decodeAll(framing, everyByte(all), limit)).toEqual(whole);
        }),
        { numRuns: 300 },
      );
    },
  );

  test('loses, adds and reorders no byte in raw framing, whatever the chunks', () => {
    fc.assert(
      fc.property(
        streamBytes,
        splitPlaces,
        fc.integer({ min: 1, max: 40 }),
        (all, places, limit) => {
          const messages = decodeAll('raw', splitAt(all, places), limit);
          expect(messages.join('')).toBe(all.toString('hex'));
          for (const message of messages) {
            expect(message.length / 2).toBeGreaterThan(0);
            expect(message.length / 2).toBeLessThanOrEqual(2 * limit + 3);
          }
        },
      ),
    );
  });

  test('takes each ASCII chunk for one message in raw framing and cuts it at 1,000 bytes', () => {
    const decoder = createDecoder('raw');
    expect(decoder.push(Buffer.from('hello')).map(String)).toEqual(['hello']);
    expect(decoder.push(Buffer.alloc(0))).toEqual([]);
    expect(decoder.push(Buffer.alloc(2_500, 'a')).map((message) => message.length)).toEqual([
      1_000, 1_000, 500,
    ]);
  });

  test('holds a character that is split between raw chunks for the next message', () => {
    const decoder = createDecoder('raw');
    const euro = Buffer.from('€');
    expect(
      decoder.push(Buffer.concat([Buffer.from('a'), euro.subarray(0, 2)])).map(String),
    ).toEqual(['a']);
    expect(decoder.pendingBytes).toBe(2);
    expect(decoder.push(euro.subarray(2)).map(String)).toEqual(['€']);
    expect(decoder.push(euro.subarray(0, 1))).toEqual([]);
    expect(decoder.end()).toEqual([euro.subarray(0, 1)]);
  });

  test('holds the blanks before a split character with it in raw framing', () => {
    const decoder = createDecoder('raw');
    expect(decoder.push(Buffer.from([0x61, 0x20, 0x20, 0xc3])).map(String)).toEqual(['a']);
    expect(decoder.pendingBytes).toBe(3);
    expect(decoder.push(Buffer.from([0xa9])).map(String)).toEqual(['  é']);
  });

  test('keeps a character whole that stands across a cut in raw framing', () => {
    const decoder = createDecoder('raw', { maxMessageBytes: 4 });
    expect(decoder.push(Buffer.from('abc€def')).map(String)).toEqual(['abc', '€de', 'f']);
  });

  test('accepts CRLF and LF, keeps a lone CR, and yields a last line without newline at the end', () => {
    const decoder = createDecoder('line');
    const messages = decoder.push(Buffer.from('a\r\nb\n\r\n\nc\rd\ne\r\r\nlast')).map(String);
    expect(messages).toEqual(['a', 'b', '', '', 'c\rd', 'e\r']);
    expect(decoder.pendingBytes).toBe(4);
    expect(decoder.end().map(String)).toEqual(['last']);
    expect(decoder.end()).toEqual([]);
  });

  test.each(['line', 'length-prefixed'] as const)(
    'copies nothing in %s framing when a message lies inside one chunk',
    (framing) => {
      const chunk = Buffer.concat([encodeMessage(framing, 'one'), encodeMessage(framing, 'two')]);
      for (const message of createDecoder(framing).push(chunk)) {
        expect(message.buffer).toBe(chunk.buffer);
      }
    },
  );

  test('does not change a message that it yielded when it decodes on', () => {
    const decoder = createDecoder('line');
    decoder.push(Buffer.from('fir'));
    const [first] = decoder.push(Buffer.from('st\nsec'));
    decoder.push(Buffer.from('ond\nthird'));
    expect(String(first)).toBe('first');
  });

  test('reports an announced length over the limit before its bytes arrive', () => {
    const decoder = createDecoder('length-prefixed', { maxMessageBytes: 10 });
    const bytes = Buffer.concat([
      encodeMessage('length-prefixed', 'ok'),
      Buffer.from([0, 0, 0, 11]),
    ]);
    let error: unknown;
    try {
      decoder.push(bytes);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({
      name: 'MessageTooLargeError',
      code: 'ERR_MESSAGE_TOO_LARGE',
      maxMessageBytes: 10,
      messageBytes: 11,
      messages: [Buffer.from('ok')],
    });
    expect(() => decoder.push(Buffer.from('x'))).toThrow(error as Error);
    expect(() => decoder.end()).toThrow(error as Error);
  });

  test('accepts a line of exactly the limit also when its CRLF is split', () => {
    const decoder = createDecoder('line', { maxMessageBytes: 3 });
    expect(decoder.push(Buffer.from('abc\r'))).toEqual([]);
    expect(decoder.push(Buffer.from('\n')).map(String)).toEqual(['abc']);
    expect(() => decoder.push(Buffer.from('abcd'))).toThrow(MessageTooLargeError);
  });

  test('buffers no more than the limit of a line that never ends', () => {
    const decoder = createDecoder('line', { maxMessageBytes: 100 });
    decoder.push(Buffer.alloc(100, 'a'));
    expect(() => decoder.push(Buffer.alloc(100, 'a'))).toThrow('the limit is 100 bytes');
    expect(decoder.pendingBytes).toBe(0);
  });

  test.each([
    [[0, 0], 2, undefined],
    [[0, 0, 0, 5], 0, 5],
    [[0, 0, 0, 5, 97, 98], 2, 5],
  ] as const)('reports a stream that ends inside a message: %j', (bytes, received, expected) => {
    const decoder = createDecoder('length-prefixed');
    expect(decoder.push(Uint8Array.from(bytes))).toEqual([]);
    let error: unknown;
    try {
      decoder.end();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TruncatedMessageError);
    expect(error).toMatchObject({
      code: 'ERR_MESSAGE_TRUNCATED',
      receivedBytes: received,
      expectedBytes: expected,
    });
  });

  test('copies each byte of a message in one-byte chunks a bounded number of times', () => {
    const size = 1 << 20;
    const decoder = createDecoder('length-prefixed', { maxMessageBytes: size });
    decoder.push(Buffer.from([0, 0x10, 0, 0]));
    const byte = Buffer.from('x');
    const original = Buffer.prototype.copy;
    let copied = 0;
    Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<Buffer['copy']>): number {
      const bytes = original.apply(this, args);
      copied += bytes;
      return bytes;
    };
    try {
      for (let index = 1; index < size; index++) decoder.push(byte);
      expect(decoder.push(byte)[0]?.length).toBe(size);
    } finally {
      Buffer.prototype.copy = original;
    }
    expect(copied).toBeGreaterThanOrEqual(size);
    expect(copied).toBeLessThan(3 * size);
  });

  test('refuses bad arguments and a push after the end', () => {
    expect(() => createDecoder('xml' as Framing)).toThrow(
      new TypeError("Option framing must be one of 'raw', 'line', 'length-prefixed', got 'xml'"),
    );
    for (const maxMessageBytes of [0, -1, 1.5, Number.NaN, 268_435_457]) {
      expect(() => createDecoder('line', { maxMessageBytes })).toThrow(RangeError);
    }
    expect(() => createDecoder('line', { maxMessageBytes: '5' as unknown as number })).toThrow(
      TypeError,
    );
    const decoder = createDecoder('line');
    expect(() => decoder.push('text' as unknown as Buffer)).toThrow(TypeError);
    decoder.end();
    expect(() => decoder.push(Buffer.from('x'))).toThrow('end() was already called');
  });

  test('decodes as its documentation shows', () => {
    const decoder = createDecoder('line');
    expect(decoder.push(Buffer.from('hel'))).toEqual([]);
    expect(decoder.push(Buffer.from('lo\nbye\n')).map(String)).toEqual(['hello', 'bye']);
  });
});
