import { array, assert, constantFrom, nat, property, record, string, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpReplyDecoder } from './http-reply-decoder.ts';

function decode(text: string, cuts: readonly number[] = [], headOnly = false): readonly string[] {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new HttpReplyDecoder(headOnly);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  const replies: string[] = [];
  for (const [index, place] of places.slice(1).entries()) {
    const chunk = Buffer.from(bytes.subarray(places[index], place));
    if (chunk.length === 0) continue;
    replies.push(...decoder.push(chunk).map((reply) => Buffer.from(reply).toString('latin1')));
  }
  replies.push(...decoder.end().map((reply) => Buffer.from(reply).toString('latin1')));
  return [...replies, `closing ${decoder.closing} partial ${decoder.partial}`];
}

const reply = record({
  interim: constantFrom(
    '',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n',
  ),
  status: constantFrom(200, 201, 204, 304, 404, 503),
  chunks: array(string({ minLength: 1, maxLength: 40 }), { maxLength: 4 }),
  chunked: constantFrom(true, false),
});

describe('HttpReplyDecoder', () => {
  test('yields the same replies for every split of the bytes', () => {
    assert(
      property(array(reply, { maxLength: 4 }), array(nat(), { maxLength: 12 }), (replies, cuts) => {
        const wire: string[] = [];
        const expected: string[] = [];
        for (const { interim, status, chunks, chunked } of replies) {
          const bodies = chunks.map((chunk) => Buffer.from(chunk).toString('latin1'));
          const hasBody = status !== 204 && status !== 304;
          const body = hasBody ? bodies.join('') : '';
          const field =
            chunked && hasBody ? 'Transfer-Encoding: chunked' : `content-length:${body.length}`;
          const head = `HTTP/1.1 ${status} Some Reason\r\n${field}\r\nX-Y:  z \r\n\r\n`;
          const coded = bodies
            .map((chunk) => `${chunk.length.toString(16)};ext="a"\r\n${chunk}\r\n`)
            .join('');
          const sent = chunked && hasBody ? `${coded}0\r\nTrailer: x\r\n\r\n` : body;
          wire.push(interim, head, sent);
          expected.push(head + body);
        }
        const wanted = [...expected, 'closing false partial false'];
        expect(decode(wire.join(''), cuts)).toEqual(wanted);
        expect(
          decode(
            wire.join(''),
            Array.from(wire.join(''), (_, index) => index),
          ),
        ).toEqual(wanted);
      }),
    );
  });

  test.each([
    ['HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.1 200\r\nContent-Length: 0, 0\r\n\r\n', false],
  ])('%j announces the end of the connection: %s', (text, closing) => {
    expect(decode(text).at(-1)).toBe(`closing ${closing} partial false`);
  });

  test('a body of unknown length is whole at the end of the connection', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nhello';
    expect(decode(text, [3, 21])).toEqual([text, 'closing true partial false']);
  });

  test('nothing behind an announced end is a reply', () => {
    const text = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    expect(decode(text + text)).toEqual([text, 'closing true partial true']);
  });

  test('replies to HEAD have no body, whatever their length says', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    expect(decode(text + text, [], true).slice(0, 2)).toEqual([text, text]);
  });

  test('a part of a reply is told as such', () => {
    expect(decode('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel')).toEqual([
      'closing false partial true',
    ]);
  });

  test.each([
    ['HELLO\r\n', 'instead of'],
    ['HTTP/1.1 20 OK\r\n\r\n', 'no status line'],
    ['HTTP/1.1 200 OK\r\nno field\r\n\r\n', 'no header field'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n', 'no content length'],
    ['HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n', 'no content length'],
    ['HTTP/1.1 200 OK\r\nA: \0\r\nContent-Length: 0\r\n\r\n', 'is no header field'],
    ['HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 0\r\n\r\n', 'is no header field'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n', 'more than'],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'a transfer coding and',
    ],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'no chunk size'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n', 'longer than its size'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'another protocol'],
    [`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`, 'more than 65536 bytes'],
  ])('%j is refused', (text, message) => {
    expect(() => decode(text)).toThrow(message);
  });

  test('bytes that are no replies never end in anything but an error or a wait for more', () => {
    assert(
      property(uint8Array({ maxLength: 60 }), array(nat(), { maxLength: 4 }), (bytes, cuts) => {
        const text = `HTTP/1.1 200 OK\r\n${Buffer.from(bytes).toString('latin1')}`;
        const outcome = (places: readonly number[]): unknown => {
          try {
            return decode(text, places);
          } catch (error) {
            return (error as Error).message;
          }
        };
        expect(outcome(cuts)).toEqual(outcome([]));
      }),
    );
  });
});
