import type { OutgoingHttpHeaders } from 'node:http';
import type { ExpectedReply } from './expected-reply.ts';
import type { HeaderFields } from './header-fields.ts';
import {
  createDecoder,
  echoReply,
  encodeMessage,
  type Framing,
  MessageTooLargeError,
} from '@sockpool/echo-protocol';

/**
 * How requests and replies look on the wire, and what a right reply is.
 *
 * One format serves all connections of a load thread; what belongs to one connection is in the
 * {@link ReplyCutter} that it creates.
 */
export interface WireFormat {
  /** The name that reports show. */
  readonly name: string;
  /** Whether messages have a boundary on the wire, so that several may be in flight. */
  readonly canPipeline: boolean;
  /** Returns the bytes to write for a message; header fields are those of HTTP, when it has its own. */
  encodeRequest(message: Buffer, headers?: HeaderFields): Buffer;
  /** Returns the bytes of the right reply on the wire, or null when only a decoder can tell. */
  expectedWire(message: Buffer): Buffer | null;
  /** Returns the message of the right reply, or null when any reply, or only the format's own check, counts. */
  expectedReply(message: Buffer): Buffer | null;
  /**
   * Returns a cutter for the replies of one connection, or null when replies have no boundaries.
   * What it answers by itself, such as a pong, it gives to `write`.
   */
  createReplyCutter(write: (bytes: Buffer) => void): ReplyCutter | null;
  /** Returns the request as a stream of HTTP/2; only that format has streams. */
  toStream?(message: Buffer, headers?: HeaderFields): StreamRequest;
  /** Whether equal bytes are always equal replies, so that what was verified once need not be decoded again. */
  readonly repeatable?: boolean;
  /** Begins each connection with an exchange of its own, before which it is not open. */
  createOpening?(): ConnectionOpening;
  /** What is written last on a connection that the client ends. */
  readonly farewell?: Buffer;
  /** Whether the peer may send what answers no request and is no reply, such as a ping. */
  readonly answersUnasked?: boolean;
  /** Returns the status of a reply, for protocols that have one. */
  statusOf?(reply: Buffer): number;
  /** Tells whether bytes that answer no request announce that the peer ends an idle connection. */
  isIdleEnd?(bytes: Uint8Array): boolean;
  /** Returns null for a right reply, otherwise a short sentence that says what is wrong with it. */
  verify(message: Buffer, reply: Buffer, expected: Buffer | null): string | null;
}

/** A request as a stream of HTTP/2. */
export interface StreamRequest {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** The exchange with which a connection begins. */
export interface ConnectionOpening {
  /** What the client writes. */
  readonly request: Buffer;
  /**
   * Takes what the peer answers; returns the bytes behind the whole answer, and null until then.
   *
   * @throws {Error} when the peer does not agree; the message says why
   */
  push(chunk: Buffer): Buffer | null;
}

/** Cuts the bytes of one connection into reply messages. */
export interface ReplyCutter {
  /**
   * Takes the next bytes, which it may keep, and returns the messages that are now whole.
   *
   * @throws {Error} when the bytes break the rules of the framing
   */
  push(chunk: Buffer): readonly Uint8Array[];
  /** Returns the messages that the end of the bytes makes whole, as for HTTP bodies of unknown length. */
  end?(): readonly Uint8Array[];
  /** Whether the peer has announced that it ends the connection behind the last message. */
  readonly closing?: boolean;
  /** Whether a part of the next message has come. */
  readonly partial?: boolean;
  /** The bytes of that part, or those that broke the rules. */
  readonly pending?: Uint8Array;
  /** Whether that part may be of a message that nobody asks for, such as a ping or the end of an idle connection. */
  readonly unasked?: boolean;
  /** Why bytes behind the messages that were returned last break the rules; what throws has returned none. */
  readonly broken?: Error | undefined;
}

/** The largest reply that is decoded, in bytes. */
export const MAX_REPLY_BYTES = 268_435_456;

function expectedWire(framing: Framing, rule: ExpectedReply, message: Buffer): Buffer | null {
  if (rule === 'any') return null;
  return rule === 'same' ? encodeMessage(framing, message) : echoReply(framing, message);
}

function expectedReply(framing: Framing, rule: ExpectedReply, message: Buffer): Buffer | null {
  const wire = expectedWire(framing, rule, message);
  if (wire === null || framing === 'raw') return wire;
  const [reply] = createDecoder(framing, { maxMessageBytes: MAX_REPLY_BYTES }).push(wire);
  return reply ?? null;
}

/** Returns what an echo server answers in upper case. */
export function echoOf(message: Buffer): Buffer {
  return echoReply('raw', message);
}

/** Compares a reply with the expected one; returns null when they are equal, or when any is right. */
export function compareReply(reply: Buffer, expected: Buffer | null): string | null {
  if (expected === null || reply.equals(expected)) return null;
  if (reply.length !== expected.length) {
    return `the reply has ${reply.length} bytes instead of ${expected.length}`;
  }
  const position = reply.findIndex((byte, index) => byte !== expected[index]);
  return `the reply differs from byte ${position} on`;
}

/** Cuts replies by a framing that has boundaries. */
function createFramingCutter(framing: Framing): ReplyCutter {
  const decoder = createDecoder(framing, { maxMessageBytes: MAX_REPLY_BYTES });
  let last: Buffer = Buffer.alloc(0);
  let broken: Error | undefined;
  return {
    push: (chunk) => {
      last = chunk;
      try {
        return decoder.push(chunk);
      } catch (error) {
        if (!(error instanceof MessageTooLargeError) || error.messages.length === 0) throw error;
        broken = error;
        return error.messages;
      }
    },
    end: () => decoder.end(),
    get partial() {
      return decoder.pendingBytes > 0;
    },
    get pending() {
      return last.subarray(Math.max(0, last.length - decoder.pendingBytes));
    },
    get broken() {
      return broken;
    },
  };
}

/**
 * Creates the format of a framing of the echo protocol.
 *
 * In `raw` a reply ends where the expected reply ends, and with the rule `any` it is whatever one
 * read of the socket yields.
 */
export function createFramingFormat(framing: Framing, rule: ExpectedReply): WireFormat {
  return {
    name: framing,
    canPipeline: framing !== 'raw',
    encodeRequest: (message) => encodeMessage(framing, message),
    expectedWire: (message) => expectedWire(framing, rule, message),
    expectedReply: (message) => expectedReply(framing, rule, message),
    createReplyCutter: () => {
      if (framing !== 'raw') return createFramingCutter(framing);
      return rule === 'any' ? { push: (chunk) => [chunk] } : null;
    },
    verify: (_message, reply, expected) => compareReply(reply, expected),
  };
}
