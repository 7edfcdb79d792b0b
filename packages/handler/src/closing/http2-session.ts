import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { DrainTerms } from './drain-terms.ts';
import { afterQuietTime } from './quiet-time.ts';
import type { Slotted } from './slot-set.ts';
import type { ConnectionActivity } from '../contract/connection-activity.ts';

/**
 * One HTTP/2 session: counts its streams, and says GOAWAY when its worker leaves, so
 * that the client opens no more streams and those that are open finish (RFC 9113, 6.8).
 *
 * A stream that crosses the GOAWAY is not served, and its client knows that. Node cannot say
 * GOAWAY in two steps, which would serve it: from the first one on it ignores new streams. So
 * the GOAWAY comes when none is to be expected on its way: together with the next stream, or
 * after the time for which an HTTP/1 connection would wait.
 */
export class Http2Session implements Slotted {
  slot: number = -1;
  readonly #session: ServerHttp2Session;
  readonly #onChange: () => void;
  #streams = 0;
  #served = false;
  #idleSinceMs = performance.now();
  #busySinceMs = 0;
  #draining = false;
  #closed = false;
  #giveUp: (() => void) | undefined;

  /**
   * @param session the session
   * @param onChange called when {@link awaitsRequest} has changed, while it drains
   */
  constructor(session: ServerHttp2Session, onChange: () => void) {
    this.#session = session;
    this.#onChange = onChange;
    session.on('stream', (stream) => this.#onStream(stream));
    session.once('close', () => this.#giveUp?.());
  }

  /** Whether the client may still open a stream that will be served. */
  get awaitsRequest(): boolean {
    return !this.#closed && !this.#session.closed && !this.#session.destroyed;
  }

  /** What it does. Which of its streams takes the longest is not known. */
  get activity(): ConnectionActivity {
    const idle = this.#streams === 0;
    return {
      activity: idle ? 'idle' : 'serving',
      activityForMs: performance.now() - (idle ? this.#idleSinceMs : this.#busySinceMs),
      request: idle ? undefined : `${this.#streams} HTTP/2 stream${this.#streams === 1 ? '' : 's'}`,
    };
  }

  /** The client's end. */
  get socket(): Pick<Socket, 'remoteAddress' | 'remotePort'> {
    return this.#session.socket;
  }

  /** Begins to end the session, as its worker leaves. Later terms replace earlier ones. */
  drain(terms: DrainTerms): void {
    this.#draining = true;
    if (this.#streams > 0) {
      this.#closeAfterRead(0);
      return;
    }
    const graceMs = this.#served ? terms.idleGraceMs : terms.firstRequestGraceMs;
    const dueMs = Math.min(terms.endIdleAtMs, this.#idleSinceMs + graceMs);
    this.#closeAfterRead(dueMs - performance.now());
  }

  #onStream(stream: ServerHttp2Stream): void {
    this.#streams += 1;
    if (this.#streams === 1) this.#busySinceMs = performance.now();
    this.#served = true;
    stream.once('close', () => {
      this.#streams -= 1;
      this.#idleSinceMs = performance.now();
    });
    if (this.#draining) this.#closeAfterRead(0);
  }

  /** Closes when the streams that have been received are known, so that none of them is refused. */
  #closeAfterRead(delayMs: number): void {
    this.#giveUp?.();
    this.#giveUp = afterQuietTime(delayMs, () => {
      if (!this.awaitsRequest) return;
      this.#closed = true;
      this.#session.close();
      this.#onChange();
    });
  }
}
