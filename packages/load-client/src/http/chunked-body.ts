const LINE_END = Buffer.from('\r\n');
/** The longest line of a chunk size with extensions, or of a trailer field, in bytes. */
const MAX_LINE_BYTES = 16_384;

/** Decodes one body in the chunked transfer coding (RFC 9112, section 7.1); trailer fields are dropped. */
export class ChunkedBody {
  readonly #maxBytes: number;
  readonly #parts: Buffer[] = [];
  #state: 'size' | 'data' | 'dataEnd' | 'trailer' | 'done' = 'size';
  #left = 0;
  #bytes = 0;

  /** Creates a decoder that accepts bodies of up to `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns the body when its last chunk and the trailer have come, otherwise null. */
  get body(): Buffer | null {
    return this.#state === 'done' ? Buffer.concat(this.#parts) : null;
  }

  /**
   * Takes bytes and returns those that it could not use yet, or that lie behind the body.
   *
   * @throws {Error} when they break the rules of the coding
   */
  push(bytes: Buffer): Buffer {
    let rest = bytes;
    while (this.#state !== 'done') {
      if (this.#state === 'data') {
        if (rest.length === 0) return rest;
        const part = rest.subarray(0, this.#left);
        this.#parts.push(part);
        this.#left -= part.length;
        rest = rest.subarray(part.length);
        if (this.#left === 0) this.#state = 'dataEnd';
        continue;
      }
      const end = rest.indexOf(LINE_END);
      if (end > MAX_LINE_BYTES || (end === -1 && rest.length > MAX_LINE_BYTES)) {
        throw new Error(`a line of the chunked body has more than ${MAX_LINE_BYTES} bytes`);
      }
      if (this.#state === 'dataEnd' && end !== 0 && rest.length >= LINE_END.length) {
        throw new Error('a chunk of the body is longer than its size');
      }
      if (end === -1) return rest;
      this.#line(rest.toString('latin1', 0, end));
      rest = rest.subarray(end + LINE_END.length);
    }
    return rest;
  }

  #line(line: string): void {
    if (this.#state === 'dataEnd') this.#state = 'size';
    else if (this.#state === 'trailer') {
      if (line === '') this.#state = 'done';
    } else {
      const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw new Error(`'${line}' is no chunk size`);
      this.#left = Number.parseInt(size, 16);
      this.#bytes += this.#left;
      if (this.#bytes > this.#maxBytes) {
        throw new Error(`the body of the reply has more than ${this.#maxBytes} bytes`);
      }
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}
