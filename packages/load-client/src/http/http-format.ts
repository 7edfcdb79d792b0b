import type { WireFormat } from '../messages/wire-format.ts';
import { HttpReplyDecoder } from './http-reply-decoder.ts';
import { headLength } from './http-reply-head.ts';
import { isHeadOnly, type HttpRequestOptions } from './http-requests.ts';

/** Methods for which a body is expected, so that its length is sent even when it is 0 (RFC 9110, section 8.6). */
const BODY_METHOD = /^(?:POST|PUT|PATCH) /;

const statusOf = (reply: Buffer): number => Number(reply.toString('latin1', 9, 12));

/** What a server says that ends a connection on which no request came in time (RFC 9110, section 15.5.9). */
const IDLE_TIMEOUT = /^HTTP\/1\.[01] 408 /;

function verifyReply(
  { expectStatus, expectBody }: HttpRequestOptions,
  reply: Buffer,
): string | null {
  const status = statusOf(reply);
  if (expectStatus === undefined ? status < 200 || status > 299 : status !== expectStatus) {
    return `the status is ${status} instead of ${expectStatus ?? '200 to 299'}`;
  }
  if (expectBody === undefined) return null;
  const body = reply.subarray(headLength(reply));
  return body.equals(Buffer.from(expectBody)) ? null : 'the body is not the expected one';
}

/**
 * Creates the HTTP/1.1 format: requests with keep-alive, replies by their length or chunked, and
 * `Connection: close` as the announced end of a connection.
 *
 * `authority` is what `Host` says unless a header field does.
 */
export function createHttpFormat(options: HttpRequestOptions, authority: string): WireFormat {
  const headers = Object.entries(options.headers ?? {}).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value): [string, string] => [
      name,
      value,
    ]),
  );
  if (!headers.some(([name]) => name.toLowerCase() === 'host'))
    headers.unshift(['Host', authority]);
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const headOnly = isHeadOnly(options);
  return {
    name: 'http',
    canPipeline: true,
    encodeRequest: (message) => {
      const lineEnd = message.indexOf('\n');
      const request = message.toString('utf8', 0, lineEnd);
      const body = message.subarray(lineEnd + 1);
      const length =
        body.length > 0 || BODY_METHOD.test(request) ? `Content-Length: ${body.length}\r\n` : '';
      return Buffer.concat([
        Buffer.from(`${request} HTTP/1.1\r\n`),
        Buffer.from(`${fields}${length}\r\n`, 'latin1'),
        body,
      ]);
    },
    expectedWire: () => null,
    expectedReply: () => null,
    createReplyCutter: () => new HttpReplyDecoder(headOnly),
    statusOf,
    isIdleEnd: (bytes) => IDLE_TIMEOUT.test(Buffer.from(bytes).toString('latin1', 0, 13)),
    verify: (_message, reply) => verifyReply(options, reply),
  };
}
