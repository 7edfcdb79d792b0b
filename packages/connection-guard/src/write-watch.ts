import type { Writable } from 'node:stream';

/**
 * The most bytes that one write hands on. A larger one would tell nothing until the kernel has
 * taken all of it.
 */
const SLICE_BYTES = 65_536;

type Callback = (error?: Error | null) => void;
type Chunks = Parameters<NonNullable<Writable['_writev']>>[0];

/**
 * Watches how much of what is written to a stream is taken from it. Large writes are handed on in
 * slices, one after another, so that a client that takes one large reply is seen to take it.
 */
export class WriteWatch {
  readonly #stream: Writable;
  readonly #write: Writable['_write'];
  readonly #writev: Writable['_writev'];
  #takenBytes = 0;

  /** @param stream to which nothing has been written yet, or to whose earlier writes nobody looks */
  constructor(stream: Writable) {
    this.#stream = stream;
    this.#write = stream._write;
    this.#writev = stream._writev;
    stream._write = (chunk: Buffer | string, encoding, callback) =>
      this.#handOn(chunk, encoding, callback);
    if (this.#writev !== undefined) {
      stream._writev = (chunks, callback) => this.#handOnAll(chunks, callback);
    }
  }

  /** Bytes that have been taken: in the kernel's hands, or further. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  #handOn(chunk: Buffer | string, encoding: BufferEncoding, callback: Callback): void {
    const bytes = byteLength(chunk, encoding);
    if (bytes > SLICE_BYTES) {
      this.#slice(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, callback);
      return;
    }
    this.#write.call(this.#stream, chunk, encoding, (error) => {
      this.#takenBytes += bytes;
      callback(error);
    });
  }

  #handOnAll(chunks: Chunks, callback: Callback): void {
    const bytes = chunks.reduce((sum, { chunk, encoding }) => sum + byteLength(chunk, encoding), 0);
    if (bytes > SLICE_BYTES) {
      const buffers = chunks.map(({ chunk, encoding }) =>
        typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Buffer),
      );
      this.#slice(Buffer.concat(buffers, bytes), callback);
      return;
    }
    this.#writev?.call(this.#stream, chunks, (error) => {
      this.#takenBytes += bytes;
      callback(error);
    });
  }

  /** Hands a large write on; a loop and not a recursion, since slices may be taken at once. */
  #slice(buffer: Buffer, callback: Callback): void {
    let offset = 0;
    let looping = false;
    let ready = true;
    const goOn = (): void => {
      if (looping) return;
      looping = true;
      while (ready && offset < buffer.length) {
        ready = false;
        const slice = buffer.subarray(offset, offset + SLICE_BYTES);
        offset += slice.length;
        this.#write.call(this.#stream, slice, 'buffer' as BufferEncoding, (error) => {
          if (error) {
            callback(error);
            return;
          }
          this.#takenBytes += slice.length;
          ready = true;
          if (offset >= buffer.length) callback();
          else goOn();
        });
      }
      looping = false;
    };
    goOn();
  }
}

function byteLength(chunk: Buffer | string, encoding: BufferEncoding): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
}
