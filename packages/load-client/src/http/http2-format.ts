import type { OutgoingHttpHeaders } from 'node:http';
import type { StreamRequest, WireFormat } from '../messages/wire-format.ts';
import { type HeaderFields, listHeaders } from '../messages/header-fields.ts';
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
  const fieldsOf = (headers: HeaderFields): OutgoingHttpHeaders => {
    const fields: OutgoingHttpHeaders = {};
    for (const [name, value] of listHeaders(headers, authority)) {
      const lower = name.toLowerCase();
      const key = lower === 'host' ? ':authority' : lower;
      fields[key] = key === ':authority' ? value : [fields[key] ?? [], value].flat().map(String);
    }
    return fields;
  };
  const ofAll = fieldsOf(options.headers ?? {});
  const toStream = (message: Buffer, headers?: HeaderFields): StreamRequest => {
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
        ...(headers === undefined ? ofAll : fieldsOf(headers)),
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
