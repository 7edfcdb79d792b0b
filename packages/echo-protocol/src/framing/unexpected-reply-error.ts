/** Reports reply bytes in `raw` framing for which no request was announced by `expect()`. */
export class UnexpectedReplyError extends Error {
  static {
    this.prototype.name = 'UnexpectedReplyError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_UNEXPECTED_REPLY';
  /** Holds the bytes that no reply was expected for. */
  readonly bytes: Buffer;
  /** Holds the replies that the failing call had decoded before them, in order. */
  readonly messages: readonly Buffer[];

  constructor(bytes: Buffer, messages: readonly Buffer[]) {
    super(`Cannot decode ${bytes.length} bytes in raw framing: no reply was expected`);
    this.bytes = bytes;
    this.messages = messages;
  }
}
