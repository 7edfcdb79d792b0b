import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  everyByte,
  lineMessage,
  splitAt,
  splitPlaces,
  streamBytes,
} from '../../test/fixtures/byte-splits.ts';
import { EchoReplies, echoReply } from './echo-replies.ts';
import { encodeMessage } from '../framing/encode-message.ts';
import type { Framing } from '../framing/framing.ts';

function replyTo(
  framing: Framing,
  chunks: readonly Buffer[],
  options: { maxMessageBytes?: number; onMessage?: (text: string) => void } = {},
): Buffer {
  const replies = new EchoReplies(framing, options.maxMessageBytes ?? 1_000, options.onMessage);
  const parts: Buffer[] = [];
  for (const chunk of chunks) {
    replies.push(chunk);
    parts.push(replies.take() ?? Buffer.alloc(0));
  }
  replies.end();
  parts.push(replies.take() ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

function ignore(): void {}

/** Says in the simplest words what the reply to one message is. */
function plainReply(message: Buffer): string {
  const stripped = Buffer.from(message.toString('latin1').replace(/[\t-\r ]*$/, ''), 'latin1');
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(stripped).toUpperCase();
}

test.each(['line', 'length-prefixed'] as const)(
  'EchoReplies gives the same replies for every split of the requests in %s framing',
  (framing) => {
    fc.assert(
      fc.property(fc.array(lineMessage, { maxLength: 8 }), splitPlaces, (messages, places) => {
        const requests = Buffer.concat(messages.map((message) => encodeMessage(framing, message)));
        const expected = Buffer.concat(
          messages.map((message) => encodeMessage(framing, plainReply(message))),
        ).toString();
        const options = { maxMessageBytes: 10_000 };
        expect(replyTo(framing, [requests], options).toString()).toBe(expected);
        expect(replyTo(framing, splitAt(requests, places), options).toString()).toBe(expected);
        expect(replyTo(framing, everyByte(requests), options).toString()).toBe(expected);
      }),
      { numRuns: 300 },
    );
  },
);

test('EchoReplies gives the same replies with and without onMessage', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Framing>('raw', 'line'),
      streamBytes,
      splitPlaces,
      (framing, all, places) => {
        const chunks = splitAt(all, places);
        const options = { maxMessageBytes: 10_000 };
        expect(replyTo(framing, chunks, { ...options, onMessage: ignore })).toEqual(
          replyTo(framing, chunks, options),
        );
      },
    ),
  );
});

/**
 * Says what all raw replies are, one behind the other: each received piece without
 * its trailing blanks, decoded as one stream that blanks interrupt, upper-cased.
 */
function plainRawReplies(pieces: readonly Buffer[]): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  for (const piece of pieces) {
    const stripped = Buffer.from(piece.toString('latin1').replace(/[\t-\r ]*$/, ''), 'latin1');
    text += decoder.decode(stripped, { stream: stripped.length === piece.length });
  }
  return (text + decoder.decode()).toUpperCase();
}

test('EchoReplies strips exactly the blanks at the end of each received piece in raw framing', () => {
  fc.assert(
    fc.property(
      streamBytes,
      splitPlaces,
      fc.integer({ min: 1, max: 50 }),
      (all, places, maxMessageBytes) => {
        const chunks = splitAt(all, places);
        const pieces = chunks.flatMap((chunk) =>
          Array.from({ length: Math.ceil(chunk.length / maxMessageBytes) }, (_, index) =>
            chunk.subarray(index * maxMessageBytes, (index + 1) * maxMessageBytes),
          ),
        );
        const replies = replyTo('raw', chunks, { maxMessageBytes });
        expect(replies.toString()).toBe(plainRawReplies(pieces));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('EchoReplies strips the blanks at each cut of a long ASCII chunk', () => {
  const ascii = fc.array(fc.constantFrom('a', 'Zz', ' ', '\n', '\t ', 'word'), {
    minLength: 100,
    maxLength: 300,
  });
  fc.assert(
    fc.property(ascii, fc.integer({ min: 1, max: 200 }), (parts, maxMessageBytes) => {
      const chunk = Buffer.from(parts.join(''));
      const expected = Array.from(
        { length: Math.ceil(chunk.length / maxMessageBytes) },
        (_, index) =>
          plainReply(chunk.subarray(index * maxMessageBytes, (index + 1) * maxMessageBytes)),
      ).join('');
      expect(replyTo('raw', [chunk], { maxMessageBytes }).toString()).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('EchoReplies gives the same raw replies for every split when no message ends with a blank', () => {
  const noBlanks = streamBytes.map((bytes) =>
    Buffer.from(bytes.filter((byte) => byte !== 32 && (byte < 9 || byte > 13))),
  );
  fc.assert(
    fc.property(noBlanks, splitPlaces, (all, places) => {
      expect(replyTo('raw', splitAt(all, places)).toString()).toBe(plainReply(all));
    }),
  );
});

test('EchoReplies answers each raw chunk as the notebook: stripped at its end, then upper-cased', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary-ascii', minLength: 1 })), (texts) => {
      const replies = new EchoReplies('raw', 1_000);
      for (const text of texts) {
        replies.push(Buffer.from(text));
        expect(String(replies.take() ?? '')).toBe(text.replace(/[\t-\r ]*$/, '').toUpperCase());
      }
    }),
  );
});

test('EchoReplies answers a blank message with nothing, an empty line, an empty frame', () => {
  for (const options of [{}, { onMessage: ignore }]) {
    expect(replyTo('raw', [Buffer.from(' \t\r\n')], options)).toEqual(Buffer.alloc(0));
    expect(replyTo('line', [Buffer.from(' \t\r\n\n')], options)).toEqual(Buffer.from('\n\n'));
    expect(replyTo('length-prefixed', [encodeMessage('length-prefixed', ' \n')], options)).toEqual(
      Buffer.alloc(4),
    );
  }
});

test('EchoReplies strips bytes, not characters: a trailing no-break space stays', () => {
  expect(echoReply('raw', 'a\u00A0\u2003').toString()).toBe('A\u00A0\u2003');
});

test('EchoReplies answers a held part of a character with U+FFFD when a blank or the end follows', () => {
  const half = Buffer.from([0x61, 0xc3]);
  expect(replyTo('raw', [half]).toString()).toBe('A\uFFFD');
  expect(replyTo('raw', [half, Buffer.from(' ')]).toString()).toBe('A\uFFFD');
  expect(replyTo('raw', [half, Buffer.from([0xa9])]).toString()).toBe('AÉ');
});

test('EchoReplies answers a held part of a character before the long chunk that follows', () => {
  const chunks = [Buffer.from([0x61, 0xc3]), Buffer.alloc(2_500, 'b')];
  expect(replyTo('raw', chunks).toString()).toBe(`A\uFFFD${'B'.repeat(2_500)}`);
});

test('EchoReplies keeps the replies before an over-long message', () => {
  for (const filler of ['', 'a line before\n'.repeat(40)]) {
    const replies = new EchoReplies('line', 1_000);
    expect(() => replies.push(Buffer.from(`${filler}ok\n${'x'.repeat(1_001)}`))).toThrow(
      'the limit is 1000 bytes',
    );
    expect(String(replies.take())).toBe(`${filler}ok\n`.toUpperCase());
  }
});

test('EchoReplies calls onMessage with the text of each message before its blanks', () => {
  const texts: string[] = [];
  const onMessage = (text: string): number => texts.push(text);
  replyTo('line', [Buffer.from('one  \ntwo\r\n\nthree')], { onMessage });
  expect(texts).toEqual(['one', 'two', '', 'three']);
});

test('EchoReplies does not change the bytes that it is given', () => {
  for (const framing of ['raw', 'line', 'length-prefixed'] as const) {
    const bytes = encodeMessage(framing, 'please leave me as I am '.repeat(20));
    const before = Buffer.from(bytes);
    new EchoReplies(framing, 10_000).push(bytes);
    expect(bytes).toEqual(before);
  }
});

test('echoReply() is the whole reply, longer than its request where Unicode says so', () => {
  expect(echoReply('raw', 'straße \n')).toEqual(Buffer.from('STRASSE'));
  expect(echoReply('line', 'ΐ')).toEqual(Buffer.from('Ϊ́\n'.normalize('NFD')));
  expect(echoReply('length-prefixed', 'hi')).toEqual(Buffer.from('\0\0\0\u0002HI'));
  expect(echoReply('raw', '  ')).toEqual(Buffer.alloc(0));
  expect(echoReply('line', '')).toEqual(Buffer.from('\n'));
  expect(echoReply('length-prefixed', '')).toEqual(Buffer.alloc(4));
  expect(() => echoReply('line', 'a\nb')).toThrow(RangeError);
});
