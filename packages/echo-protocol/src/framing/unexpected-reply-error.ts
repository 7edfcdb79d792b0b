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
    super(`Received ${bytes.length} reply bytes more than expected in raw framing`);
    this.bytes = bytes;
    this.messages = messages;
  }
}
