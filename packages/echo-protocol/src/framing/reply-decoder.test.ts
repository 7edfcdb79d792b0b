import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineMessage, splitAt, splitPlaces } from '../../test/fixtures/byte-splits.ts';
import { echoReply } from '../echo/echo-replies.ts';
import { FRAMINGS } from './framing.ts';
import { createDecoder } from './decoder.ts';
import { createReplyDecoder } from './reply-decoder.ts';
import { TruncatedMessageError } from './truncated-message-error.ts';
import { UnexpectedReplyError } from './unexpected-reply-error.ts';

test.each(FRAMINGS)(
  'ReplyDecoder yields each reply for every split of the bytes: %s',
  (framing) => {
    const requests = fc.array(
      lineMessage.filter((message) => framing !== 'raw' || message.length > 0),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(requests, splitPlaces, (messages, places) => {
        const replies = messages
          .map((message) => echoReply(framing, message))
          .filter((reply) => reply.length > 0);
        const decoder = createReplyDecoder(framing);
        for (const reply of replies) decoder.expect(reply.length);
        const received = splitAt(Buffer.concat(replies), places).flatMap((chunk) =>
          decoder.push(chunk),
        );
        decoder.end();
        const payloads =
          framing === 'raw'
            ? replies
            : replies.flatMap((reply) => createDecoder(framing).push(reply));
        expect(received.map(String)).toEqual(payloads.map(String));
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  },
);

test('ReplyDecoder reports raw bytes beyond the expected replies, with the replies before them', () => {
  const decoder = createReplyDecoder('raw');
  decoder.expect(2);
  let error: unknown;
  try {
    decoder.push(Buffer.from('HIYO'));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(UnexpectedReplyError);
  expect(error).toMatchObject({
    code: 'ERR_UNEXPECTED_REPLY',
    bytes: Buffer.from('YO'),
    messages: [Buffer.from('HI')],
  });
  expect(() => decoder.push(Buffer.from('x'))).toThrow(error as Error);
});

test('ReplyDecoder reports a stream that ends before a reply is whole', () => {
  const raw = createReplyDecoder('raw');
  raw.expect(5);
  expect(raw.push(Buffer.from('HEL'))).toEqual([]);
  expect(() => raw.end()).toThrow(TruncatedMessageError);

  const line = createReplyDecoder('line');
  expect(line.push(Buffer.from('HELLO\nWO')).map(String)).toEqual(['HELLO']);
  expect(() => line.end()).toThrow(TruncatedMessageError);

  const prefixed = createReplyDecoder('length-prefixed');
  prefixed.push(Buffer.from([0]));
  expect(() => prefixed.end()).toThrow(TruncatedMessageError);
});

test('ReplyDecoder forgets the sizes of replies that arrived', () => {
  const decoder = createReplyDecoder('raw');
  for (let index = 0; index < 5_000; index++) decoder.expect(1 + (index % 3));
  let replies = 0;
  for (let index = 0; index < 5_000; index++) {
    const [reply] = decoder.push(Buffer.alloc(1 + (index % 3), 'A'));
    replies += reply?.length === 1 + (index % 3) ? 1 : 0;
    decoder.expect(1 + ((index + 5_000) % 3));
  }
  expect(replies).toBe(5_000);
});

test('ReplyDecoder refuses an expected size that no reply has', () => {
  for (const size of [0, -1, 1.5, Number.NaN]) {
    expect(() => createReplyDecoder('raw').expect(size)).toThrow(RangeError);
  }
});

test('ReplyDecoder decodes as its documentation shows', () => {
  const replies = createReplyDecoder('raw');
  replies.expect(echoReply('raw', 'hello').length);
  expect(replies.push(Buffer.from('HEL'))).toEqual([]);
  expect(replies.push(Buffer.from('LO')).map(String)).toEqual(['HELLO']);
});
