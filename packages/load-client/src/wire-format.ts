/**
 * How requests and replies look on the wire, and what a right reply is.
 *
 * One format serves all connections of a load thread; what belongs to one connection is in the
 * {@link ReplyDecoder} that it creates.
 */
export interface WireFormat {
  /** The name that reports show. */
  readonly name: string;
  /** Whether messages have a boundary on the wire, so that several may be in flight. */
  readonly canPipeline: boolean;
  /** Returns the bytes to write for a message. */
  encodeRequest(message: Buffer): Buffer;
  /**
   * Returns the message that a right reply holds, or null when it can't be known beforehand and
   * {@link WireFormat.verify} decides alone.
   */
  expectedReply(message: Buffer): Buffer | null;
  /** Returns the bytes of a reply on the wire, or null when only a decoder can tell. */
  encodeReply(reply: Buffer): Buffer | null;
  /** Returns a decoder for the replies of one connection, or null when the format has no boundaries. */
  createReplyDecoder(): ReplyDecoder | null;
  /** Returns null for a right reply, otherwise a short sentence that says what is wrong with it. */
  verify(message: Buffer, reply: Buffer, expected: Buffer | null): string | null;
}

/** Cuts the bytes of one connection into reply messages. */
export interface ReplyDecoder {
  /**
   * Takes the next bytes, which stay the caller's no longer, and returns the messages that are now
   * whole.
   *
   * @throws {Error} when the bytes break the rules of the framing.
   */
  push(chunk: Buffer): readonly Uint8Array[];
}

/**
 * What a right reply is: the request in upper case without its trailing white space (`upper`, what
 * the echo servers answer), the request itself (`same`), or any message (`any`).
 */
export type ExpectedReply = 'upper' | 'same' | 'any';

/** Every {@link ExpectedReply}. */
export const EXPECTED_REPLIES: readonly ExpectedReply[] = Object.freeze(['upper', 'same', 'any']);

const TRAILING_WHITE_SPACE = /[\t\n\v\f\r ]+$/;

/** Returns the reply that is right for a message under a rule, or null when any is. */
export function replyTo(rule: ExpectedReply, message: Buffer): Buffer | null {
  if (rule === 'any') return null;
  if (rule === 'same') return message;
  return Buffer.from(message.toString('utf8').replace(TRAILING_WHITE_SPACE, '').toUpperCase());
}

/** Compares a reply with the expected one; returns null when they are equal. */
export function compareReply(reply: Buffer, expected: Buffer | null): string | null {
  if (expected === null || reply.equals(expected)) return null;
  if (reply.length !== expected.length) {
    return `the reply has ${reply.length} bytes instead of ${expected.length}`;
  }
  const position = reply.findIndex((byte, index) => byte !== expected[index]);
  return `the reply differs from byte ${position} on`;
}

/**
 * Creates the format without boundaries: a request is its bytes, and the reply ends where the
 * expected reply ends.
 *
 * With `any` a reply is whatever one read of the socket yields.
 */
export function createRawFormat(rule: ExpectedReply): WireFormat {
  return {
    name: 'raw',
    canPipeline: false,
    encodeRequest: (message) => message,
    expectedReply: (message) => replyTo(rule, message),
    encodeReply: (reply) => reply,
    createReplyDecoder: () => (rule === 'any' ? { push: (chunk) => [chunk] } : null),
    verify: (_message, reply, expected) => compareReply(reply, expected),
  };
}
