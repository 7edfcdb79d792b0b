import type { Framing } from './framing.ts';

/**
 * Reports a message over the size limit. The stream cannot be decoded further.
 *
 * It is raised as soon as the size is known to be over the limit: from the
 * length for `length-prefixed`, from the bytes without a newline for `line`.
 * The over-long message itself is dropped, never buffered whole.
 */
export class MessageTooLargeError extends Error {
  static {
    this.prototype.name = 'MessageTooLargeError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_MESSAGE_TOO_LARGE';
  /** Tells which framing was being decoded. */
  readonly framing: Framing;
  /** Gives the limit, in bytes. */
  readonly maxMessageBytes: number;
  /**
   * Gives the size of the message in bytes when it is known (announced by its
   * prefix, or a whole line), else `undefined`: a line that has not ended yet.
   */
  readonly messageBytes: number | undefined;
  /**
   * Holds the messages that the failing call had decoded before the over-long
   * one, in order: nothing that arrived whole is lost.
   */
  readonly messages: readonly Buffer[];

  constructor(
    framing: Framing,
    maxMessageBytes: number,
    messageBytes: number | undefined,
    messages: readonly Buffer[] = [],
  ) {
    const size = messageBytes === undefined ? 'unfinished message' : `${messageBytes} byte message`;
    super(
      `Cannot decode a ${size} in ${framing} framing: the limit is ${maxMessageBytes} bytes (maxMessageBytes)`,
    );
    this.framing = framing;
    this.maxMessageBytes = maxMessageBytes;
    this.messageBytes = messageBytes;
    this.messages = messages;
  }
}
