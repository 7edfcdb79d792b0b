import type { ErrorClass } from '../measure/error-class.ts';
import type { ConnectionSettings } from './load-connection.ts';
import { InFlightRequests } from './in-flight-requests.ts';
import type { ReplyJudge } from './reply-judge.ts';
import { excerpt } from './reply-excerpt.ts';
import { KnownReply } from '../messages/known-reply.ts';
import type { ReplyCutter } from '../messages/wire-format.ts';
import type { PreparedRequest } from '../messages/workload.ts';

/** What a reader needs to know of its connection. */
type ReplyReaderSettings = Pick<ConnectionSettings, 'format' | 'recorder' | 'pipeline'>;

/** Up to this many bytes a loop compares faster than the native function. */
const LOOP_BYTES = 48;

function equalBytes(
  actual: Uint8Array,
  actualStart: number,
  expected: Buffer,
  expectedStart: number,
  length: number,
): boolean {
  if (length > LOOP_BYTES) {
    return (
      expected.compare(
        actual,
        actualStart,
        actualStart + length,
        expectedStart,
        expectedStart + length,
      ) === 0
    );
  }
  for (let position = 0; position < length; position += 1) {
    if (actual[actualStart + position] !== expected[expectedStart + position]) return false;
  }
  return true;
}

/**
 * Matches the bytes that one connection receives with the requests in flight.
 *
 * As long as the bytes are those of the expected replies, nothing is decoded or allocated. On the
 * first byte that differs, the framing's decoder takes over for the rest of the connection and
 * decides message by message; a format without boundaries can't go on after a wrong reply.
 */
export class ReplyReader {
  readonly inFlight: InFlightRequests;
  readonly #settings: ReplyReaderSettings;
  readonly #write: (bytes: Buffer) => void;
  readonly #judge: ReplyJudge;
  #cutter: ReplyCutter | null = null;
  #matchedBytes = 0;
  #firstByteMs = 0;
  #fatal: ErrorClass | null = null;
  #fatalReason = '';
  #idleEnd = false;
  #inReply = false;

  /** Creates a reader; what a format answers by itself goes to `write`. */
  constructor(settings: ReplyReaderSettings, judge: ReplyJudge, write: (bytes: Buffer) => void) {
    this.#settings = settings;
    this.#write = write;
    this.#judge = judge;
    this.inFlight = new InFlightRequests(settings.pipeline);
  }

  /** Returns why nothing after the last read can be understood, or null while all is well. */
  get fatal(): ErrorClass | null {
    return this.#fatal;
  }

  /** Returns what is wrong when there is a {@link ReplyReader.fatal} class. */
  get fatalReason(): string {
    return this.#fatalReason;
  }

  /** Returns whether the peer has said that it ends the connection because nothing was asked on it. */
  get idleEnd(): boolean {
    return this.#idleEnd;
  }

  /** Returns whether the peer has announced that it ends the connection behind the last reply. */
  get closing(): boolean {
    return this.#cutter?.closing === true;
  }

  /** Returns whether a part of the oldest request's reply has come. */
  get inReply(): boolean {
    return this.#matchedBytes > 0 || this.#inReply;
  }

  /** Forgets the bytes of the last connection. */
  reset(): void {
    this.#cutter = null;
    this.#matchedBytes = 0;
    this.#firstByteMs = 0;
    this.#fatal = null;
    this.#idleEnd = false;
    this.#inReply = false;
  }

  /** Takes note of the end of the bytes; returns how many requests got their reply by it. */
  end(nowMs: number): number {
    if (this.#cutter?.end === undefined) return 0;
    return this.#take(Buffer.alloc(0), nowMs, () => this.#cutter?.end?.() ?? []);
  }

  /**
   * Takes what one read yielded; the buffer is used only during the call.
   *
   * Returns how many requests got their reply, right or wrong.
   */
  read(length: number, buffer: Uint8Array, nowMs: number): number {
    this.#settings.recorder.recordReceived(length, nowMs);
    if (this.#acceptKnown(length, buffer, nowMs)) return 1;
    if (this.#cutter !== null) return this.#decode(copy(buffer, 0, length), nowMs);
    const { inFlight } = this;
    let replies = 0;
    let offset = 0;
    while (offset < length) {
      const request = inFlight.oldest;
      if (request === undefined) {
        const { answersUnasked, isIdleEnd } = this.#settings.format;
        if (answersUnasked === true || isIdleEnd !== undefined) {
          return replies + this.#startDecoding(copy(buffer, offset, length), nowMs);
        }
        this.#surplus(buffer.subarray(offset, length));
        return replies;
      }
      const expected = request.expectedWire;
      if (expected === null)
        return replies + this.#startDecoding(copy(buffer, offset, length), nowMs);
      if (this.#matchedBytes === 0) this.#firstByteMs = nowMs;
      const size = Math.min(expected.length - this.#matchedBytes, length - offset);
      if (!equalBytes(buffer, offset, expected, this.#matchedBytes, size)) {
        const came = Buffer.concat([
          expected.subarray(0, this.#matchedBytes),
          buffer.subarray(offset, length),
        ]);
        return replies + this.#startDecoding(came, nowMs);
      }
      this.#matchedBytes += size;
      offset += size;
      if (this.#matchedBytes === expected.length) {
        this.#matchedBytes = 0;
        this.#accept(request, request.expected ?? expected, nowMs);
        replies += 1;
      }
    }
    return replies;
  }

  /** Takes a reply whose bytes are, one by one, those of a right reply to the same request before. */
  #acceptKnown(length: number, buffer: Uint8Array, nowMs: number): boolean {
    const request = this.inFlight.oldest;
    if (request === undefined) return false;
    const { known } = request;
    if (known === undefined || !this.#betweenReplies || !known.equals(buffer, length)) return false;
    const { recorder } = this.#settings;
    if (known.status !== null) recorder.recordStatus(this.inFlight.oldestDueMs, known.status);
    this.#firstByteMs = nowMs;
    this.#accept(request, known.reply, nowMs);
    this.#firstByteMs = 0;
    return true;
  }

  /** Whether nothing of the next reply has come, and one may still come on this connection. */
  get #betweenReplies(): boolean {
    return !this.inReply && this.#cutter?.partial !== true && !this.closing;
  }

  #startDecoding(came: Buffer, nowMs: number): number {
    this.#matchedBytes = 0;
    this.#cutter = this.#settings.format.createReplyCutter(this.#write);
    if (this.#cutter !== null) return this.#decode(came, nowMs);
    const request = this.inFlight.oldest;
    if (request !== undefined) {
      const { format } = this.#settings;
      const reason = format.verify(request.message, came, request.expected) ?? 'the bytes differ';
      const dueMs = this.inFlight.oldestDueMs;
      this.inFlight.shift();
      this.#judge.reject(request, dueMs, came, reason, nowMs);
    }
    this.#fatal = 'wrongReply';
    this.#fatalReason = 'a wrong reply came before in raw framing';
    return 0;
  }

  #decode(chunk: Buffer, nowMs: number): number {
    if (this.#firstByteMs === 0) this.#firstByteMs = nowMs;
    return this.#take(chunk, nowMs, () => this.#cutter?.push(chunk) ?? []);
  }

  #take(chunk: Buffer, nowMs: number, cut: () => readonly Uint8Array[]): number {
    const begins = !this.inReply;
    let messages: readonly Uint8Array[];
    try {
      messages = cut();
    } catch (error) {
      if (this.inFlight.count === 0) this.#surplus(chunk);
      else this.#malformed(chunk, error);
      return 0;
    }
    // A right reply that came in one piece by itself is known from now on.
    const alone = begins && messages.length === 1 && this.#betweenReplies;
    let replies = 0;
    for (const message of messages) {
      const request = this.inFlight.oldest;
      if (request === undefined) {
        this.#surplus(message);
        return replies;
      }
      const reply = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
      const { oldestDueMs: dueMs, oldestSentMs: sentMs } = this.inFlight;
      this.inFlight.shift();
      const times = { dueMs, sentMs, firstByteMs: this.#firstByteMs };
      const right = this.#judge.judge(request, times, reply, nowMs);
      if (right && alone) this.#know(request, chunk, reply);
      replies += 1;
    }
    // Bytes that made no message whole are a part of the next one, as far as anyone can tell.
    this.#inReply =
      replies === 0 ? chunk.length > 0 || this.#inReply : this.#cutter?.partial === true;
    if (replies > 0) this.#firstByteMs = 0;
    this.#takeRest(chunk);
    return replies;
  }

  /** What follows the last reply is a part of the next one, if anything is in flight that it may answer. */
  #takeRest(chunk: Buffer): void {
    const cutter = this.#cutter;
    if (cutter === null) return;
    // Asked for one by one: what is looked at for each reply counts.
    const { broken } = cutter;
    if (this.inFlight.count > 0) {
      if (broken !== undefined) this.#malformed(Buffer.from(cutter.pending ?? chunk), broken);
    } else if (broken !== undefined || (cutter.partial === true && cutter.unasked !== true)) {
      this.#surplus(cutter.pending ?? chunk);
    }
  }

  #know(request: PreparedRequest, wire: Buffer, reply: Buffer): void {
    const { format } = this.#settings;
    if (format.repeatable !== true || wire.length > KnownReply.MAX_BYTES) return;
    // A step takes values from its reply, and its request is never sent again.
    if (request.fate !== undefined) return;
    request.known = new KnownReply(wire, reply, format.statusOf?.(reply) ?? null);
  }

  #accept(request: PreparedRequest, reply: Buffer, nowMs: number): void {
    const { oldestDueMs: dueMs, oldestSentMs: sentMs } = this.inFlight;
    this.inFlight.shift();
    this.#judge.accept(request, dueMs, sentMs, this.#firstByteMs, reply, nowMs);
  }

  #surplus(bytes: Uint8Array): void {
    if (this.#settings.format.isIdleEnd?.(bytes) === true) {
      this.#idleEnd = true;
      return;
    }
    this.#fatal = 'surplusBytes';
    this.#fatalReason = 'bytes came that answer no request';
    this.#settings.recorder.recordDifference({
      errorClass: 'surplusBytes',
      request: '',
      expected: null,
      actual: excerpt(bytes),
      reason: this.#fatalReason,
    });
  }

  #malformed(chunk: Buffer, error: unknown): void {
    this.#fatal = 'malformedReply';
    this.#fatalReason = error instanceof Error ? error.message : String(error);
    const request = this.inFlight.oldest;
    this.#settings.recorder.recordDifference({
      errorClass: 'malformedReply',
      request: request === undefined ? '' : excerpt(request.message),
      expected: request?.expected ? excerpt(request.expected) : null,
      actual: excerpt(chunk),
      reason: this.#fatalReason,
    });
  }
}

function copy(buffer: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(buffer.subarray(start, end));
}
