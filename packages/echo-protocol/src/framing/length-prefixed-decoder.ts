import { MessageTooLargeError } from './message-too-large-error.ts';
import { PartialMessage } from './partial-message.ts';
import type { SpanDecoder, SpanSink } from './span-decoder.ts';
import { TruncatedMessageError } from './truncated-message-error.ts';

/** Gives the size of the length before each message, in bytes. */
export const LENGTH_PREFIX_BYTES: number = 4;

/** Takes a 4 byte big-endian length and as many bytes as it says for each message. */
export class LengthPrefixedDecoder implements SpanDecoder {
  readonly #maxMessageBytes: number;
  readonly #partial = new PartialMessage();
  #prefix = 0;
  #prefixBytes = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  get pendingBytes(): number {
    return this.#prefixBytes + this.#partial.length;
  }

  push(chunk: Buffer, sink: SpanSink): void {
    let position = 0;
    while (position < chunk.length) {
      position = this.#readPrefix(chunk, position);
      if (this.#prefixBytes < LENGTH_PREFIX_BYTES) return;
      const length = this.#prefix;
      const end = position + length - this.#partial.length;
      if (end > chunk.length) {
        if (position < chunk.length) {
          this.#partial.append(chunk, position, chunk.length, length);
        }
        return;
      }
      this.#prefix = 0;
      this.#prefixBytes = 0;
      if (this.#partial.length === 0) {
        sink.message(chunk, position, end);
      } else {
        this.#partial.append(chunk, position, end, length);
        sink.message(this.#partial.take(), 0, length);
      }
      position = end;
    }
  }

  end(_sink: SpanSink): void {
    if (this.#prefixBytes === 0) return;
    if (this.#prefixBytes < LENGTH_PREFIX_BYTES) {
      throw new TruncatedMessageError('length-prefixed', this.#prefixBytes, undefined);
    }
    throw new TruncatedMessageError('length-prefixed', this.#partial.length, this.#prefix);
  }

  #readPrefix(chunk: Buffer, from: number): number {
    let position = from;
    if (this.#prefixBytes === LENGTH_PREFIX_BYTES) return position;
    while (this.#prefixBytes < LENGTH_PREFIX_BYTES && position < chunk.length) {
      this.#prefix = ((this.#prefix << 8) | chunk[position]!) >>> 0;
      this.#prefixBytes++;
      position++;
    }
    if (this.#prefixBytes === LENGTH_PREFIX_BYTES && this.#prefix > this.#maxMessageBytes) {
      throw new MessageTooLargeError('length-prefixed', this.#maxMessageBytes, this.#prefix);
    }
    return position;
  }
}
