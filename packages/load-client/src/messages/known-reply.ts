/** Up to so many bytes a loop over words compares faster than the native function. */
const LOOP_BYTES = 512;

/** The words of the buffer that was compared last: all sockets of a thread read into the same. */
let lastBuffer: Uint8Array | undefined;
let lastWords: Int32Array | undefined;

function wordsOf(buffer: Uint8Array): Int32Array | undefined {
  if (buffer === lastBuffer) return lastWords;
  lastBuffer = buffer;
  const { byteOffset, byteLength } = buffer;
  lastWords =
    byteOffset % 4 === 0 ? new Int32Array(buffer.buffer, byteOffset, byteLength >> 2) : undefined;
  return lastWords;
}

/** A right reply: its bytes on the wire, and what they mean. */
export class KnownReply {
  /** Longer replies cost more than their decoding. */
  static readonly MAX_BYTES = 65_536;
  readonly reply: Buffer;
  readonly status: number | null;
  readonly #wire: Buffer;
  readonly #words: Int32Array;

  constructor(wire: Buffer, reply: Buffer, status: number | null) {
    this.reply = reply;
    this.status = status;
    this.#wire = wire;
    const words = new Int32Array(wire.length >> 2);
    wire.copy(new Uint8Array(words.buffer), 0, 0, words.byteLength);
    this.#words = words;
  }

  /** Tells whether a buffer begins with these bytes, and they are all that came. */
  equals(buffer: Uint8Array, length: number): boolean {
    const wire = this.#wire;
    if (length !== wire.length) return false;
    const words = length > LOOP_BYTES ? undefined : wordsOf(buffer);
    if (words === undefined) return wire.compare(buffer, 0, length) === 0;
    const own = this.#words;
    const count = own.length;
    for (let position = 0; position < count; position += 1) {
      if (words[position] !== own[position]) return false;
    }
    for (let position = count * 4; position < length; position += 1) {
      if (buffer[position] !== wire[position]) return false;
    }
    return true;
  }
}
