const FIRST_CAPACITY_BYTES = 256;

/**
 * Collects the pieces of one message that spans several chunks.
 *
 * The buffer doubles, so that a message of n bytes costs O(n) copied bytes
 * whatever its pieces, and holds at most about twice the bytes that arrived: a
 * length that a peer only announces reserves nothing. The chunks themselves are
 * not retained.
 */
export class PartialMessage {
  #buffer: Buffer | undefined;
  #length = 0;

  /** Counts the bytes collected so far. */
  get length(): number {
    return this.#length;
  }

  /** Returns the last byte collected, or -1 when there is none. */
  get lastByte(): number {
    return this.#buffer?.[this.#length - 1] ?? -1;
  }

  /** Copies `source[start, end)` to the end; `sizeBytes` is the final size where it is known. */
  append(source: Buffer, start: number, end: number, sizeBytes: number = Infinity): void {
    const needed = this.#length + end - start;
    const capacity = this.#buffer?.length ?? 0;
    if (this.#buffer === undefined || needed > capacity) {
      const grown = Math.max(needed, Math.min(2 * capacity, sizeBytes), FIRST_CAPACITY_BYTES);
      const buffer = Buffer.allocUnsafe(grown);
      this.#buffer?.copy(buffer, 0, 0, this.#length);
      this.#buffer = buffer;
    }
    source.copy(this.#buffer, this.#length, start, end);
    this.#length = needed;
  }

  /** Gives the bytes away, as a buffer of its own, and starts again with none. */
  take(): Buffer {
    const message = (this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#length);
    this.clear();
    return message;
  }

  /** Drops the bytes. */
  clear(): void {
    this.#buffer = undefined;
    this.#length = 0;
  }
}
