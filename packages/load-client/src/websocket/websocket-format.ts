import { createHash, randomBytes } from 'node:crypto';
import { headLength } from '../http/http-reply-head.ts';
import { listHeaders } from '../messages/header-fields.ts';
import {
  compareReply,
  type ConnectionOpening,
  echoOf,
  MAX_REPLY_BYTES,
  type WireFormat,
} from '../messages/wire-format.ts';
import type { ExpectedReply } from '../messages/expected-reply.ts';
import {
  encodeCloseFrame,
  encodeMessageFrame,
  serverMessageFrame,
  WebSocketDecoder,
} from './websocket-frames.ts';
import type { ResolvedWebSocketOptions } from './websocket-options.ts';

/** What the server hashes together with the client's key (RFC 6455, section 1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const MAX_HEAD_BYTES = 65_536;

/** The close code of a client that has done its work. */
const NORMAL_CLOSURE = 1000;

function fieldOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(head)?.[1];
}

/** Says what is wrong with the server's answer to the opening handshake, or null. */
function refusalOf(head: string, accept: string, protocols: readonly string[]): string | null {
  const [statusLine = ''] = head.split(/\r?\n/, 1);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1];
  if (status === undefined)
    return `the answer begins with '${statusLine.slice(0, 40)}' instead of 'HTTP/1.1 '`;
  if (status !== '101') return `the server answers the handshake with ${status} instead of 101`;
  if (fieldOf(head, 'upgrade')?.toLowerCase() !== 'websocket')
    return 'the answer has no Upgrade: websocket';
  if (fieldOf(head, 'sec-websocket-accept') !== accept)
    return 'the answer has the wrong Sec-WebSocket-Accept';
  const extensions = fieldOf(head, 'sec-websocket-extensions');
  if (extensions !== undefined && extensions !== '')
    return `the answer has the extension ${extensions}, which nobody offered`;
  const protocol = fieldOf(head, 'sec-websocket-protocol');
  if (protocols.length === 0 ? protocol !== undefined : !protocols.includes(protocol ?? '')) {
    return `the answer has the subprotocol ${protocol ?? '(none)'} instead of ${protocols.join(', ') || 'none'}`;
  }
  return null;
}

function createOpening(
  { path, protocols }: ResolvedWebSocketOptions,
  fields: string,
): ConnectionOpening {
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  const offered =
    protocols.length === 0 ? '' : `Sec-WebSocket-Protocol: ${protocols.join(', ')}\r\n`;
  let came = Buffer.alloc(0);
  return {
    request: Buffer.from(
      `GET ${path} HTTP/1.1\r\n${fields}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${offered}\r\n`,
      'latin1',
    ),
    push: (chunk) => {
      came = Buffer.concat([came, chunk]);
      const length = headLength(came);
      if (length === 0) {
        if (came.length > MAX_HEAD_BYTES)
          throw new Error(`the head of the answer has more than ${MAX_HEAD_BYTES} bytes`);
        const start = came.toString('latin1', 0, 9);
        if (!'HTTP/1.1 '.startsWith(start))
          throw new Error(`the answer begins with '${start}' instead of 'HTTP/1.1 '`);
        return null;
      }
      const refusal = refusalOf(came.toString('latin1', 0, length), accept, protocols);
      if (refusal !== null) throw new Error(refusal);
      return came.subarray(length);
    },
  };
}

/**
 * Creates the WebSocket format: a message is a frame, a reply a message, and the server's close
 * frame the announced end of a connection.
 *
 * `authority` is what `Host` says unless a header field does.
 */
export function createWebSocketFormat(
  options: ResolvedWebSocketOptions,
  rule: ExpectedReply,
  authority: string,
): WireFormat {
  const { binary } = options;
  const fields = listHeaders(options.headers, authority)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  // The key protects proxies from what pages may write; a load client needs no new one each time.
  const maskKey = randomBytes(4);
  const expected = (message: Buffer): Buffer | null =>
    rule === 'any' ? null : rule === 'same' ? message : echoOf(message);
  return {
    name: 'websocket',
    canPipeline: true,
    createOpening: () => createOpening(options, fields),
    farewell: encodeCloseFrame(NORMAL_CLOSURE, maskKey),
    answersUnasked: true,
    encodeRequest: (message) => encodeMessageFrame(message, binary, maskKey),
    expectedWire: (message) => {
      const reply = expected(message);
      return reply === null ? null : serverMessageFrame(reply, binary);
    },
    expectedReply: expected,
    createReplyCutter: (write) => new WebSocketDecoder(MAX_REPLY_BYTES, maskKey, write),
    verify: (_message, reply, wanted) => compareReply(reply, wanted),
  };
}
