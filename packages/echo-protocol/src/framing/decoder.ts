import { requireKnownOptions } from '@sockpool/option-checks';
import { createSpanDecoder } from './create-span-decoder.ts';
import { type Framing, requireFraming, resolveMaxMessageBytes } from './framing.ts';
import { MessageTooLargeError } from './message-too-large-error.ts';
import { asBuffer, type SpanDecoder, type SpanSink } from './span-decoder.ts';

/** Configures a {@link Decoder}. */
export interface DecoderOptions {
  /**
   * Sets the largest message in bytes, without its line ending or length
   * prefix; a larger one is a {@link MessageTooLargeError}. In `raw` framing it
   * is the receive size: a larger chunk is cut, which is no error.
   *
   * @default 1_000 for `raw`, 1_048_576 for `line` and `length-prefixed`
   */
  readonly maxMessageBytes?: number | undefined;
}

/** Lists every option, for the check of their names. */
const DECODER_OPTIONS = Object.freeze({
  maxMessageBytes: true,
} satisfies Record<keyof DecoderOptions, true>);

/**
 * Decodes a byte stream into messages, whatever way the stream is split into
 * chunks (`raw` framing apart, where the chunks are the messages).
 *
 * A message that lies inside one chunk is a view of that chunk, not a copy: copy
 * it if the chunk is going to be reused. One that spans chunks is copied once
 * into a buffer that grows by doubling. After an error the decoder stays failed:
 * every later call throws the same error.
 */
export interface Decoder {
  /** Gives the framing that is decoded. */
  readonly framing: Framing;
  /** Counts the bytes that wait for the rest of their message. */
  readonly pendingBytes: number;
  /**
   * Takes the next chunk and returns the messages that it completes, in order.
   *
   * @throws {MessageTooLargeError} when a message is over the limit; the
   *   messages before it in the same chunk are in its `messages`
   * @throws {TypeError} when the chunk is no Uint8Array, or after `end()`
   */
  push(chunk: Uint8Array): Buffer[];
  /**
   * Takes the end of the stream and returns the last message, if one is left:
   * in `line` framing a last line without its newline, in `raw` the bytes of an
   * unfinished UTF-8 character. A second call returns nothing.
   *
   * @throws {TruncatedMessageError} when the stream ended inside a
   *   `length-prefixed` message
   * @throws {MessageTooLargeError} when an unfinished last line is over the limit
   */
  end(): Buffer[];
}

/**
 * Creates a decoder for the messages of one connection.
 *
 * @throws {TypeError} when the framing or an option is unknown, or the limit is not a number
 * @throws {RangeError} when `maxMessageBytes` is out of range
 * @example
 * const decoder = createDecoder('line');
 * decoder.push(Buffer.from('hel')); // []
 * decoder.push(Buffer.from('lo\nbye\n')); // [<Buffer hello>, <Buffer bye>]
 */
export function createDecoder(framing: Framing, options: DecoderOptions = {}): Decoder {
  const known = requireFraming(framing);
  requireKnownOptions(options, DECODER_OPTIONS);
  const maxMessageBytes = resolveMaxMessageBytes(known, options.maxMessageBytes);
  return new MessageDecoder(known, createSpanDecoder(known, maxMessageBytes));
}

class MessageDecoder implements Decoder, SpanSink {
  readonly framing: Framing;
  readonly #spans: SpanDecoder;
  #messages: Buffer[] = [];
  #failure: Error | undefined;
  #ended = false;

  constructor(framing: Framing, spans: SpanDecoder) {
    this.framing = framing;
    this.#spans = spans;
  }

  get pendingBytes(): number {
    return this.#spans.pendingBytes;
  }

  message(source: Buffer, start: number, end: number): void {
    this.#messages.push(source.subarray(start, end));
  }

  push(chunk: Uint8Array): Buffer[] {
    const bytes = asBuffer(chunk);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) throw new TypeError('Cannot push a chunk: end() was already called');
    try {
      this.#spans.push(bytes, this);
    } catch (error) {
      throw this.#fail(error as Error);
    }
    return this.#take();
  }

  end(): Buffer[] {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) return [];
    this.#ended = true;
    try {
      this.#spans.end(this);
    } catch (error) {
      throw this.#fail(error as Error);
    }
    return this.#take();
  }

  #take(): Buffer[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  #fail(error: Error): Error {
    this.#failure =
      error instanceof MessageTooLargeError
        ? new MessageTooLargeError(
            error.framing,
            error.maxMessageBytes,
            error.messageBytes,
            this.#take(),
          )
        : error;
    return this.#failure;
  }
}
