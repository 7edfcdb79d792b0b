import type { Framing } from '../framing/framing.ts';
import { LENGTH_PREFIX_BYTES } from '../framing/length-prefixed-decoder.ts';
import type { SpanSink } from '../framing/span-decoder.ts';
import { stripTrailingSpace } from '../framing/strip-trailing-space.ts';
import { upperCase } from './upper-case.ts';

/** Tells from which size on a message is faster through a string than byte by byte. */
const STRING_BYTES = 128;

const LF = 10;

/**
 * Writes the reply to each message, one behind the other, into one buffer.
 *
 * A reply is the message without its trailing ASCII white space, decoded as
 * UTF-8 (invalid bytes become `U+FFFD`), upper-cased and framed.
 */
export class ReplyWriter implements SpanSink {
  readonly #framing: Framing;
  readonly #onMessage: ((text: string) => void) | undefined;
  #out: Buffer | undefined;
  #length = 0;
  #sizeHint = 0;

  constructor(framing: Framing, onMessage?: (text: string) => void) {
    this.#framing = framing;
    this.#onMessage = onMessage;
  }

  /** Says about how many bytes the next batch of replies is going to take. */
  expect(bytes: number): void {
    this.#sizeHint = bytes;
  }

  message(source: Buffer, start: number, end: number): void {
    const stripped = stripTrailingSpace(source, start, end);
    if (this.#onMessage !== undefined) {
      const text = source.toString('utf8', start, stripped);
      this.#onMessage(text);
      this.#writeText(upperCase(text));
    } else if (stripped - start >= STRING_BYTES || !this.#writeAscii(source, start, stripped)) {
      this.#writeText(upperCase(source.toString('utf8', start, stripped)));
    }
  }

  /** Appends bytes that are replies already. */
  append(replies: Buffer): void {
    if (this.#length === 0 && this.#out === undefined) {
      this.#out = replies;
      this.#length = replies.length;
      return;
    }
    const out = this.#reserve(replies.length);
    this.#length += replies.copy(out, this.#length);
  }

  /** Returns the replies written since the last call, or `undefined` when they have no byte. */
  take(): Buffer | undefined {
    const replies = this.#length === 0 ? undefined : this.#out?.subarray(0, this.#length);
    this.#out = undefined;
    this.#length = 0;
    return replies;
  }

  /** Writes a reply in ASCII; writes nothing and returns false when the message is not ASCII. */
  #writeAscii(source: Buffer, start: number, end: number): boolean {
    const size = end - start;
    const out = this.#reserve(size + LENGTH_PREFIX_BYTES);
    let position = this.#length;
    if (this.#framing === 'length-prefixed') {
      out[position] = 0;
      out[position + 1] = 0;
      out[position + 2] = 0;
      out[position + 3] = size;
      position += LENGTH_PREFIX_BYTES;
    }
    for (let index = start; index < end; index++) {
      const byte = source[index]!;
      if (byte > 0x7f) return false;
      out[position++] = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
    }
    if (this.#framing === 'line') out[position++] = LF;
    this.#length = position;
    return true;
  }

  #writeText(text: string): void {
    const size = Buffer.byteLength(text, 'utf8');
    const out = this.#reserve(size + LENGTH_PREFIX_BYTES);
    if (this.#framing === 'length-prefixed') this.#length = out.writeUInt32BE(size, this.#length);
    this.#length += out.write(text, this.#length, 'utf8');
    if (this.#framing === 'line') out[this.#length++] = LF;
  }

  /** Returns the output with room for so many more bytes. */
  #reserve(bytes: number): Buffer {
    const needed = this.#length + bytes;
    if (this.#out === undefined) {
      this.#out = Buffer.allocUnsafe(Math.max(needed, this.#sizeHint));
    } else if (needed > this.#out.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#out.length));
      this.#out.copy(grown, 0, 0, this.#length);
      this.#out = grown;
    }
    return this.#out;
  }
}
