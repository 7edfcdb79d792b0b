import { MessageTooLargeError } from './message-too-large-error.ts';
import { PartialMessage } from './partial-message.ts';
import type { SpanDecoder, SpanSink } from './span-decoder.ts';

const CR = 13;
const LF = 10;

/** Tells where a search for a newline goes over from a loop to `indexOf`, in bytes. */
const LOOP_BYTES = 32;

/** Takes what stands before each `\n` or `\r\n` as a message; a last line may lack its end. */
export class LineDecoder implements SpanDecoder {
  readonly #maxMessageBytes: number;
  readonly #partial = new PartialMessage();

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  get pendingBytes(): number {
    return this.#partial.length;
  }

  push(chunk: Buffer, sink: SpanSink): void {
    let start = 0;
    if (this.#partial.length > 0) {
      const newline = findNewline(chunk, 0);
      this.#collect(chunk, 0, newline === -1 ? chunk.length : newline, newline === -1);
      if (newline === -1) return;
      const line = this.#partial.take();
      this.#emit(line, 0, line.length, sink);
      start = newline + 1;
    }
    for (;;) {
      const newline = findNewline(chunk, start);
      if (newline === -1) break;
      this.#emit(chunk, start, newline, sink);
      start = newline + 1;
    }
    if (start < chunk.length) this.#collect(chunk, start, chunk.length, true);
  }

  end(sink: SpanSink): void {
    if (this.#partial.length === 0) return;
    const line = this.#partial.take();
    if (line.length > this.#maxMessageBytes) throw this.#tooLarge(line.length);
    sink.message(line, 0, line.length);
  }

  #emit(source: Buffer, start: number, newline: number, sink: SpanSink): void {
    const end = newline > start && source[newline - 1] === CR ? newline - 1 : newline;
    if (end - start > this.#maxMessageBytes) throw this.#tooLarge(end - start);
    sink.message(source, start, end);
  }

  /** Keeps a piece of a line; one byte over the limit is allowed for, as it may be the `\r` of a `\r\n`. */
  #collect(source: Buffer, start: number, end: number, unfinished: boolean): void {
    const length = this.#partial.length + end - start;
    const lastByte = end > start ? source[end - 1] : this.#partial.lastByte;
    const content = lastByte === CR ? length - 1 : length;
    if (content > this.#maxMessageBytes) {
      this.#partial.clear();
      throw this.#tooLarge(unfinished ? undefined : content);
    }
    this.#partial.append(source, start, end, this.#maxMessageBytes + 1);
  }

  #tooLarge(messageBytes: number | undefined): MessageTooLargeError {
    return new MessageTooLargeError('line', this.#maxMessageBytes, messageBytes);
  }
}

/** Finds the next `\n`: a loop is faster for short lines, the native search for long ones. */
function findNewline(chunk: Buffer, from: number): number {
  const near = Math.min(from + LOOP_BYTES, chunk.length);
  for (let index = from; index < near; index++) {
    if (chunk[index] === LF) return index;
  }
  return near < chunk.length ? chunk.indexOf(LF, near) : -1;
}
