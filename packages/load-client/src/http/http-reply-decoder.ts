import type { ReplyCutter } from '../messages/wire-format.ts';
import { ChunkedBody } from './chunked-body.ts';
import { headLength, parseReplyHead, type ReplyHead } from './http-reply-head.ts';

/** The longest status line with header fields that is accepted, in bytes. */
const MAX_HEAD_BYTES = 65_536;
/** The longest body that is accepted, in bytes. */
const MAX_BODY_BYTES = 268_435_456;

const EMPTY = Buffer.alloc(0);

/** How a server begins that ends a connection on which no request came in time (RFC 9110, section 15.5.9). */
const IDLE_TIMEOUTS: readonly string[] = ['HTTP/1.1 408 ', 'HTTP/1.0 408 '];

/** Tells whether a reply says that the server ends an idle connection. */
export function isIdleTimeout(reply: Uint8Array): boolean {
  const start = Buffer.from(reply).toString('latin1', 0, IDLE_TIMEOUTS[0]?.length);
  return IDLE_TIMEOUTS.includes(start);
}

/**
 * Cuts the bytes of one HTTP/1.1 connection into replies (RFC 9112, section 6).
 *
 * A reply is handed on as its head as it came, and its body without the chunked coding. Interim
 * replies (100, 103) are skipped.
 */
export class HttpReplyDecoder implements ReplyCutter {
  readonly #headOnly: boolean;
  #rest: Buffer = EMPTY;
  #head: ReplyHead | null = null;
  #headBytes: Buffer = EMPTY;
  #chunked: ChunkedBody | null = null;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #closing = false;
  #broken: Error | undefined;

  /** Creates a decoder; `headOnly` says that the requests are HEAD, whose replies have no body. */
  constructor(headOnly: boolean) {
    this.#headOnly = headOnly;
  }

  /** Returns whether the server ends the connection behind the last reply (RFC 9112, section 9.6). */
  get closing(): boolean {
    return this.#closing;
  }

  /** Returns whether a part of a reply has come. */
  get partial(): boolean {
    return this.#rest.length > 0 || this.#head !== null;
  }

  /** Returns the bytes of it, or those that broke the rules. */
  get pending(): Buffer {
    return this.#head === null ? this.#rest : this.#headBytes;
  }

  /** Returns whether it may be the end of an idle connection. */
  get unasked(): boolean {
    const start = this.pending.toString('latin1', 0, IDLE_TIMEOUTS[0]?.length);
    return IDLE_TIMEOUTS.some((line) => line.startsWith(start));
  }

  /** Returns why bytes behind the last replies are no HTTP/1 reply. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  /**
   * Takes the next bytes and returns the replies that are now whole.
   *
   * @throws {Error} when the bytes are no HTTP/1 reply, or one of unclear length, and none before
   */
  push(chunk: Buffer): readonly Uint8Array[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const replies: Buffer[] = [];
    try {
      while (!this.#closing && this.#broken === undefined) {
        if (this.#head === null && !this.#takeHead()) break;
        const body = this.#takeBody();
        if (body === null) break;
        replies.push(body.length === 0 ? this.#headBytes : Buffer.concat([this.#headBytes, body]));
        this.#finish();
      }
    } catch (error) {
      if (replies.length === 0) throw error;
      this.#broken = error as Error;
    }
    return replies;
  }

  /** Returns the reply whose body ends with the connection, if there is one. */
  end(): readonly Uint8Array[] {
    if (this.#head?.body !== 'untilEnd') return [];
    const reply = Buffer.concat([this.#headBytes, ...this.#parts]);
    this.#finish();
    return [reply];
  }

  #finish(): void {
    this.#closing = this.#head?.closing === true;
    this.#head = null;
    this.#headBytes = EMPTY;
    this.#chunked = null;
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** Reads heads up to one that is no interim reply; returns whether there is one. */
  #takeHead(): boolean {
    for (;;) {
      const length = headLength(this.#rest);
      if (length > MAX_HEAD_BYTES || (length === 0 && this.#rest.length > MAX_HEAD_BYTES)) {
        throw new Error(`the head of the reply has more than ${MAX_HEAD_BYTES} bytes`);
      }
      if (length === 0) {
        this.#refuseOtherProtocols();
        return false;
      }
      const bytes = this.#rest.subarray(0, length);
      const text = bytes.toString('latin1').replace(/\r?\n\r?\n$/, '');
      const head = parseReplyHead(text, this.#headOnly);
      this.#rest = this.#rest.subarray(bytes.length);
      if (head.interim) continue;
      if (typeof head.body === 'number' && head.body > MAX_BODY_BYTES) {
        throw new Error(`the body of the reply has more than ${MAX_BODY_BYTES} bytes`);
      }
      this.#head = head;
      this.#headBytes = bytes;
      if (head.body === 'chunked') this.#chunked = new ChunkedBody(MAX_BODY_BYTES);
      return true;
    }
  }

  /** A server that speaks something else may never send the end of a head. */
  #refuseOtherProtocols(): void {
    const start = this.#rest.toString('latin1', 0, 7);
    if (!'HTTP/1.'.startsWith(start)) {
      throw new Error(`the reply begins with '${start}' instead of 'HTTP/1.'`);
    }
  }

  /** Returns the body when it is whole, otherwise null. */
  #takeBody(): Buffer | null {
    const length = this.#head?.body ?? 0;
    if (this.#chunked !== null) {
      this.#rest = this.#chunked.push(this.#rest);
      return this.#chunked.body;
    }
    const wanted = typeof length === 'number' ? length - this.#partBytes : Number.POSITIVE_INFINITY;
    const part = this.#rest.subarray(0, wanted);
    this.#rest = this.#rest.subarray(part.length);
    if (part.length === wanted && this.#parts.length === 0 && typeof length === 'number')
      return part;
    if (part.length > 0) this.#parts.push(part);
    this.#partBytes += part.length;
    if (this.#partBytes > MAX_BODY_BYTES) {
      throw new Error(`the body of the reply has more than ${MAX_BODY_BYTES} bytes`);
    }
    return this.#partBytes === length ? Buffer.concat(this.#parts) : null;
  }
}
