/** Receives decoded messages as the range `[start, end)` of a buffer, without a view for each. */
export interface SpanSink {
  /** Takes one message; the range is valid during the call, and its bytes are never changed later. */
  message(source: Buffer, start: number, end: number): void;
}

/**
 * Cuts a byte stream into messages and hands them to a sink as ranges.
 *
 * It is what every decoder of this package is built on. A message that lies
 * inside one chunk is a range of that chunk: nothing is copied.
 */
export interface SpanDecoder {
  /** Counts the bytes that wait for the rest of their message. */
  readonly pendingBytes: number;
  /**
   * Decodes one chunk. Messages before an over-long one reach the sink first.
   *
   * @throws {MessageTooLargeError} when a message is over the limit
   */
  push(chunk: Buffer, sink: SpanSink): void;
  /**
   * Decodes what is left when the stream has ended.
   *
   * @throws {MessageTooLargeError} when an unfinished last line is over the limit
   * @throws {TruncatedMessageError} when the stream ended inside a message
   */
  end(sink: SpanSink): void;
}

/**
 * Returns the bytes as a Buffer over the same memory.
 *
 * @throws {TypeError} when it is neither a Buffer nor a Uint8Array
 */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  throw new TypeError(
    `Cannot decode a value of type ${typeof bytes}: a chunk must be a Buffer or Uint8Array`,
  );
}
