import { bulkLineReplies } from './bulk-line-replies.ts';
import { bulkRawReplies } from './bulk-raw-replies.ts';
import { createSpanDecoder } from '../framing/create-span-decoder.ts';
import { encodeMessage } from '../framing/encode-message.ts';
import { DEFAULT_MAX_MESSAGE_BYTES, type Framing } from '../framing/framing.ts';
import { ReplyWriter } from './reply-writer.ts';
import type { SpanDecoder } from '../framing/span-decoder.ts';

const LF = 10;

/** Tells from which size on messages are answered together, in bytes. */
const BULK_BYTES = 128;

/**
 * Turns the bytes of requests into the bytes of their replies: the whole echo
 * service without the socket.
 */
export class EchoReplies {
  readonly #maxMessageBytes: number;
  readonly #bulk: Framing | undefined;
  readonly #decoder: SpanDecoder;
  readonly #writer: ReplyWriter;

  constructor(framing: Framing, maxMessageBytes: number, onMessage?: (text: string) => void) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#bulk = onMessage === undefined ? framing : undefined;
    this.#decoder = createSpanDecoder(framing, maxMessageBytes);
    this.#writer = new ReplyWriter(framing, onMessage);
  }

  /**
   * Takes a chunk of requests; its replies are in {@link take} afterwards, also
   * when it throws: then those to the messages before the error.
   *
   * @throws {MessageTooLargeError} when a message is over the limit
   */
  push(chunk: Buffer): void {
    this.#writer.expect(chunk.length + this.#decoder.pendingBytes);
    if (this.#bulk === 'line' && chunk.length >= BULK_BYTES) this.#pushLines(chunk);
    else if (this.#bulk === 'raw' && chunk.length >= BULK_BYTES) this.#pushRaw(chunk);
    else this.#decoder.push(chunk, this.#writer);
  }

  /**
   * Takes the end of the requests. A last line without newline is answered like
   * any line; an unfinished UTF-8 character in `raw` framing with `U+FFFD`.
   *
   * @throws {TruncatedMessageError} when they end inside a message
   * @throws {MessageTooLargeError} when an unfinished last line is over the limit
   */
  end(): void {
    this.#decoder.end(this.#writer);
  }

  /** Returns the replies since the last call as one buffer, or `undefined` when there is no byte. */
  take(): Buffer | undefined {
    return this.#writer.take();
  }

  /** Answers the whole lines inside the chunk together, and decodes what is before and after them. */
  #pushLines(chunk: Buffer): void {
    const start = this.#decoder.pendingBytes > 0 ? chunk.indexOf(LF) + 1 : 0;
    const end = chunk.lastIndexOf(LF) + 1;
    const replies =
      end - start >= BULK_BYTES && end - start <= this.#maxMessageBytes
        ? bulkLineReplies(chunk.subarray(start, end))
        : undefined;
    if (replies === undefined) {
      this.#decoder.push(chunk, this.#writer);
      return;
    }
    if (start > 0) this.#decoder.push(chunk.subarray(0, start), this.#writer);
    this.#writer.append(replies);
    if (end < chunk.length) this.#decoder.push(chunk.subarray(end), this.#writer);
  }

  /** Answers all pieces of the chunk together when they are ASCII. */
  #pushRaw(chunk: Buffer): void {
    const replies =
      this.#decoder.pendingBytes === 0 ? bulkRawReplies(chunk, this.#maxMessageBytes) : undefined;
    if (replies === undefined) this.#decoder.push(chunk, this.#writer);
    else this.#writer.append(replies);
  }
}

/**
 * Returns the bytes that the echo handler answers to one request: what a client
 * has to compare the reply with.
 *
 * In `raw` framing it is the reply to a request that arrives as one chunk; it is
 * empty for a blank request, which gets no byte.
 *
 * @throws {TypeError} when the framing is unknown
 * @throws {RangeError} when the framing cannot carry the message, see `encodeMessage`
 */
export function echoReply(framing: Framing, message: string | Uint8Array): Buffer {
  const request = encodeMessage(framing, message);
  const limit = framing === 'raw' ? DEFAULT_MAX_MESSAGE_BYTES.raw : request.length;
  const replies = new EchoReplies(framing, limit);
  replies.push(request);
  replies.end();
  return replies.take() ?? Buffer.alloc(0);
}
