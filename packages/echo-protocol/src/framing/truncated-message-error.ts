import type { Framing } from './framing.ts';

/** Reports a byte stream that ended in the middle of a message. */
export class TruncatedMessageError extends Error {
  static {
    this.prototype.name = 'TruncatedMessageError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_MESSAGE_TRUNCATED';
  /** Tells which framing was being decoded. */
  readonly framing: Framing;
  /** Gives how many bytes of the message (or of its length prefix) had arrived. */
  readonly receivedBytes: number;
  /**
   * Gives how many bytes the message has, or `undefined` when the stream ended
   * before that was known: inside a length prefix, or a line without its end.
   */
  readonly expectedBytes: number | undefined;

  constructor(framing: Framing, receivedBytes: number, expectedBytes: number | undefined) {
    const expected = expectedBytes === undefined ? '' : ` of ${expectedBytes}`;
    super(
      `Cannot decode a message in ${framing} framing: the stream ended after ${receivedBytes}${expected} bytes of it`,
    );
    this.framing = framing;
    this.receivedBytes = receivedBytes;
    this.expectedBytes = expectedBytes;
  }
}
