import { incompleteUtf8Bytes } from './incomplete-utf8.ts';
import type { SpanDecoder, SpanSink } from './span-decoder.ts';
import { stripTrailingSpace } from './strip-trailing-space.ts';

/**
 * Takes each chunk as one message, cut every `receiveBytes` bytes.
 *
 * The one difference to a loop around `recv(receiveBytes)`: a UTF-8 character
 * that is split between two chunks, or by a cut, belongs whole to the later
 * message. So do the blanks right before it, which are not at the end of what
 * was received and so must not be stripped. At most `receiveBytes + 2` bytes wait.
 */
export class RawDecoder implements SpanDecoder {
  readonly #receiveBytes: number;
  #held: Buffer | undefined;

  constructor(receiveBytes: number) {
    this.#receiveBytes = receiveBytes;
  }

  get pendingBytes(): number {
    return this.#held?.length ?? 0;
  }

  push(chunk: Buffer, sink: SpanSink): void {
    let source = chunk;
    let cut = 0;
    if (this.#held !== undefined && chunk.length > 0) {
      cut = this.#held.length;
      source = Buffer.concat([this.#held, chunk]);
      this.#held = undefined;
    }
    let start = 0;
    while (cut < source.length) {
      cut = Math.min(cut + this.#receiveBytes, source.length);
      const incomplete = incompleteUtf8Bytes(source, start, cut);
      const end = incomplete === 0 ? cut : stripTrailingSpace(source, start, cut - incomplete);
      if (end > start) sink.message(source, start, end);
      start = end;
    }
    if (start < source.length) this.#held = Buffer.from(source.subarray(start));
  }

  end(sink: SpanSink): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) sink.message(held, 0, held.length);
  }
}
