import type { WireFormat } from '../messages/wire-format.ts';
import { type HeaderFields, listHeaders } from '../messages/header-fields.ts';
import { HttpReplyDecoder, isIdleTimeout } from './http-reply-decoder.ts';
import { headLength } from './http-reply-head.ts';
import { BODY_METHOD, isHeadOnly, type HttpRequestOptions } from './http-requests.ts';

/** Returns the status of a reply of HTTP/1 or 2, whose status line is as long in both. */
export const statusOf = (reply: Buffer): number => Number(reply.toString('latin1', 9, 12));

/** Says what is wrong with a reply, or null when it is right. */
export function verifyHttpReply(
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
  const write = (headers: HeaderFields): string =>
    listHeaders(headers, authority)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  const ofAll = write(options.headers ?? {});
  const headOnly = isHeadOnly(options);
  return {
    name: 'http',
    canPipeline: true,
    repeatable: true,
    encodeRequest: (message, headers) => {
      const fields = headers === undefined ? ofAll : write(headers);
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
    isIdleEnd: isIdleTimeout,
    verify: (_message, reply) => verifyHttpReply(options, reply),
  };
}
