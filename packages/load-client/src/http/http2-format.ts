import type { OutgoingHttpHeaders } from 'node:http';
import type { StreamRequest, WireFormat } from '../messages/wire-format.ts';
import { listHeaders } from './header-fields.ts';
import { statusOf, verifyHttpReply } from './http-format.ts';
import { BODY_METHOD, type HttpRequestOptions } from './http-requests.ts';

/**
 * Creates the HTTP/2 format (RFC 9113): each request is a stream of its own. A reply is told as its
 * status line, its header fields and its body, as one of HTTP/1.1 would be.
 *
 * `authority` is what `:authority` says unless a `Host` field does.
 */
export function createHttp2Format(
  options: HttpRequestOptions,
  authority: string,
  secure: boolean,
): WireFormat {
  const fields: OutgoingHttpHeaders = {};
  let host = authority;
  for (const [name, value] of listHeaders(options.headers ?? {}, authority)) {
    const key = name.toLowerCase();
    if (key === 'host') host = value;
    else fields[key] = [fields[key] ?? [], value].flat().map(String);
  }
  const toStream = (message: Buffer): StreamRequest => {
    const lineEnd = message.indexOf('\n');
    const line = message.toString('utf8', 0, lineEnd);
    const space = line.indexOf(' ');
    const body = message.subarray(lineEnd + 1);
    const hasLength = body.length > 0 || BODY_METHOD.test(line);
    return {
      headers: {
        ':method': line.slice(0, space),
        ':path': line.slice(space + 1),
        ':scheme': secure ? 'https' : 'http',
        ':authority': host,
        ...fields,
        ...(hasLength ? { 'content-length': String(body.length) } : {}),
      },
      body,
    };
  };
  return {
    name: 'http2',
    canPipeline: true,
    toStream,
    encodeRequest: (message) => message,
    expectedWire: () => null,
    expectedReply: () => null,
    createReplyCutter: () => null,
    statusOf,
    verify: (_message, reply) => verifyHttpReply(options, reply),
  };
}
