import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { afterQuietTime } from './quiet-time.ts';

/**
 * One HTTP/2 session: counts its streams, and says GOAWAY when its worker goes away, so
 * that the client opens no more streams and those that are open finish (RFC 9113, 6.8).
 */
export class Http2Session {
  readonly #session: ServerHttp2Session;
  #streams = 0;
  #idleSinceMs = performance.now();
  #idleGraceMs: number | undefined;

  constructor(session: ServerHttp2Session) {
    this.#session = session;
    session.on('stream', (stream) => this.#onStream(stream));
  }

  /** Begins to end the session, as its worker goes away. Idempotent. */
  drain(idleGraceMs: number): void {
    if (this.#idleGraceMs !== undefined) return;
    this.#idleGraceMs = idleGraceMs;
    if (this.#streams > 0) this.#closeAfterRead(0);
    // A session that was just used or opened has its next stream on the way, as a rule; a
    // GOAWAY sent while a stream is open comes before its client opens another.
    else this.#closeAfterRead(this.#idleSinceMs + idleGraceMs - performance.now());
  }

  #onStream(stream: ServerHttp2Stream): void {
    this.#streams += 1;
    stream.once('close', () => {
      this.#streams -= 1;
      this.#idleSinceMs = performance.now();
    });
    if (this.#idleGraceMs !== undefined) this.#closeAfterRead(0);
  }

  /** Closes when the streams that have been received are known, so that none of them is refused. */
  #closeAfterRead(delayMs: number): void {
    afterQuietTime(delayMs, () => this.#session.close());
  }
}
