import { inspect } from 'node:util';
import { requireKnownOptions } from '@sockpool/option-checks';
import { createDecoder, type Decoder } from './decoder.ts';
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  type Framing,
  requireFraming,
  resolveMaxMessageBytes,
} from './framing.ts';
import { PartialMessage } from './partial-message.ts';
import { asBuffer } from './span-decoder.ts';
import { TruncatedMessageError } from './truncated-message-error.ts';
import { UnexpectedReplyError } from './unexpected-reply-error.ts';

/** Tells how many times longer than its request a reply can be (`ΐ` and invalid bytes: 3). */
const MAX_GROWTH = 3;

/** Configures a {@link ReplyDecoder}. */
export interface ReplyDecoderOptions {
  /**
   * Sets the largest reply in bytes, without its line ending or length prefix.
   * Unused in `raw` framing, where `expect()` says the size.
   *
   * @default 3_145_728, as a reply can be three times as long as its request
   */
  readonly maxMessageBytes?: number | undefined;
}

/** Lists every option, for the check of their names. */
const REPLY_DECODER_OPTIONS = Object.freeze({
  maxMessageBytes: true,
} satisfies Record<keyof ReplyDecoderOptions, true>);

/**
 * Decodes the replies of an echo server on one connection.
 *
 * A `raw` reply carries no end: a client knows that it is complete only by its
 * length, which is that of the upper-cased request, `echoReply('raw', request).length`.
 * So the client calls `expect()` with that length for each request that it sends.
 * In the other framings the reply says itself where it ends, and `expect()` does nothing.
 */
export interface ReplyDecoder {
  /** Gives the framing that is decoded. */
  readonly framing: Framing;
  /** Counts the bytes that wait for the rest of their reply. */
  readonly pendingBytes: number;
  /**
   * Announces the size of the reply, in bytes, to the next request sent. Replies
   * are taken in the order of the calls.
   *
   * @throws {RangeError} in `raw` framing, when it is not a whole number of 1 or
   *   more: a blank request gets no byte, so there is no reply to wait for
   */
  expect(replyBytes: number): void;
  /**
   * Takes the next chunk and returns the replies that it completes, in order,
   * without their framing. A reply inside one chunk is a view of it.
   *
   * @throws {MessageTooLargeError} when a `line` or `length-prefixed` reply is over the limit
   * @throws {UnexpectedReplyError} in `raw` framing, for bytes beyond the expected replies
   * @throws {TypeError} when the chunk is no Uint8Array, or after `end()`
   */
  push(chunk: Uint8Array): Buffer[];
  /**
   * Takes the end of the stream.
   *
   * @throws {TruncatedMessageError} when it ended inside a reply, or in `raw`
   *   framing before an expected one
   */
  end(): void;
}

/**
 * Creates a decoder for the replies of one connection.
 *
 * @throws {TypeError} when the framing or an option is unknown, or the limit is not a number
 * @throws {RangeError} when `maxMessageBytes` is out of range
 * @example
 * const replies = createReplyDecoder('raw');
 * replies.expect(echoReply('raw', 'hello').length);
 * replies.push(Buffer.from('HEL')); // []
 * replies.push(Buffer.from('LO')); // [<Buffer HELLO>]
 */
export function createReplyDecoder(
  framing: Framing,
  options: ReplyDecoderOptions = {},
): ReplyDecoder {
  const known = requireFraming(framing);
  requireKnownOptions(options, REPLY_DECODER_OPTIONS);
  const maxMessageBytes = options.maxMessageBytes ?? MAX_GROWTH * DEFAULT_MAX_MESSAGE_BYTES[known];
  resolveMaxMessageBytes(known, maxMessageBytes);
  return known === 'raw'
    ? new RawReplyDecoder()
    : new FramedReplyDecoder(createDecoder(known, { maxMessageBytes }));
}

class FramedReplyDecoder implements ReplyDecoder {
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  get framing(): Framing {
    return this.#decoder.framing;
  }

  get pendingBytes(): number {
    return this.#decoder.pendingBytes;
  }

  expect(_replyBytes: number): void {}

  push(chunk: Uint8Array): Buffer[] {
    return this.#decoder.push(chunk);
  }

  end(): void {
    const unfinished = this.#decoder.end();
    if (unfinished.length > 0) {
      throw new TruncatedMessageError(this.framing, unfinished[0]!.length, undefined);
    }
  }
}

class RawReplyDecoder implements ReplyDecoder {
  readonly framing = 'raw';
  readonly #partial = new PartialMessage();
  #expected: number[] = [];
  #next = 0;
  #failure: Error | undefined;
  #ended = false;

  get pendingBytes(): number {
    return this.#partial.length;
  }

  expect(replyBytes: number): void {
    if (!Number.isSafeInteger(replyBytes) || replyBytes < 1) {
      throw new RangeError(
        `Cannot expect a reply of ${inspect(replyBytes)} bytes: it must be a whole number of 1 or more`,
      );
    }
    this.#expected.push(replyBytes);
  }

  push(chunk: Uint8Array): Buffer[] {
    const bytes = asBuffer(chunk);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) throw new TypeError('Cannot push a chunk: end() was already called');
    const replies: Buffer[] = [];
    let start = 0;
    while (start < bytes.length) {
      const size = this.#expected[this.#next];
      if (size === undefined) {
        this.#failure = new UnexpectedReplyError(bytes.subarray(start), replies);
        throw this.#failure;
      }
      const end = start + size - this.#partial.length;
      if (end > bytes.length) {
        this.#partial.append(bytes, start, bytes.length, size);
        break;
      }
      replies.push(this.#complete(bytes, start, end, size));
      this.#shift();
      start = end;
    }
    return replies;
  }

  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) return;
    this.#ended = true;
    const size = this.#expected[this.#next];
    if (size === undefined) return;
    this.#failure = new TruncatedMessageError('raw', this.#partial.length, size);
    throw this.#failure;
  }

  #complete(bytes: Buffer, start: number, end: number, size: number): Buffer {
    if (this.#partial.length === 0) return bytes.subarray(start, end);
    this.#partial.append(bytes, start, end, size);
    return this.#partial.take();
  }

  /** Forgets the first expected reply, in constant time on average. */
  #shift(): void {
    this.#next++;
    if (this.#next === this.#expected.length) {
      this.#expected = [];
      this.#next = 0;
    } else if (this.#next >= 1_024 && 2 * this.#next >= this.#expected.length) {
      this.#expected = this.#expected.slice(this.#next);
      this.#next = 0;
    }
  }
}
