import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DrainTerms } from './drain-terms.ts';
import { closeLingering, destroyAfterEnd } from './lingering-close.ts';
import { afterQuietTime } from './quiet-time.ts';
import type { Slotted } from './slot-set.ts';
import type { ConnectionActivity } from '../contract/connection-activity.ts';
import { requestTimes } from '../contract/request-times.ts';

const HEADER_END = Buffer.from('\r\n\r\n');

/** Some clients send an empty line after a request, which begins no new one (RFC 9112, 2.2). */
const EMPTY_LINE_BYTES = 2;

/**
 * One HTTP/1 connection: knows which of its requests are not answered yet, and ends it
 * when its worker leaves. Until then it only counts.
 *
 * The reply to the last request says `Connection: close`. Which one is the last can
 * change until its head is sent: clients may pipeline. A connection without a request
 * is ended when the terms of the drain say so.
 */
export class Http1Connection implements Slotted {
  slot: number = -1;
  readonly #socket: Socket;
  readonly #pending: ServerResponse[] = [];
  readonly #onChange: () => void;
  /** One for all replies, which are its `this`. */
  #onResponseClose: ((this: ServerResponse) => void) | undefined;
  #idleSinceMs = performance.now();
  #busySinceMs = 0;
  #idleBytes = 0;
  #served = false;
  #terms: DrainTerms | undefined;
  #giveUpIdle: (() => void) | undefined;
  #leaveAlone: (() => void) | undefined;
  /** The reply that we made say `Connection: close`. */
  #announced: ServerResponse | undefined;
  #headerEnds = 0;
  #requestsInChunk = 0;
  #chunkTail: Buffer = Buffer.alloc(0);

  /**
   * @param socket the connection
   * @param onChange called when {@link awaitsRequest} may have changed, while it drains
   */
  constructor(socket: Socket, onChange: () => void) {
    this.#socket = socket;
    this.#onChange = onChange;
  }

  /** Whether the client may still send a request that will be answered. */
  get awaitsRequest(): boolean {
    return this.#pending.length === 0 && !this.#socket.writableEnded && !this.#socket.destroyed;
  }

  /** What it does. */
  get activity(): ConnectionActivity {
    const { req } = this.#pending[0] ?? {};
    const [path = ''] = req?.url?.split('?', 1) ?? [];
    return {
      activity: req === undefined ? 'idle' : 'serving',
      activityForMs:
        performance.now() - (req === undefined ? this.#idleSinceMs : this.#busySinceMs),
      request: req === undefined ? undefined : `${req.method} ${path}`,
    };
  }

  /** The client's end. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Takes note of a request, before the application sees it. */
  request(request: IncomingMessage, response: ServerResponse): void {
    if (this.#pending.push(response) === 1) {
      this.#busySinceMs = notEarlier(this.#idleSinceMs, requestTimes(this.#socket)?.startedAtMs);
    }
    this.#served = true;
    this.#requestsInChunk += 1;
    // Made when there is a request: most idle connections have had none.
    this.#onResponseClose ??= this.#listenToResponses();
    response.on('close', this.#onResponseClose);
    if (this.#terms === undefined) return;
    const bodyless = !(
      'content-length' in request.headers || 'transfer-encoding' in request.headers
    );
    if (!bodyless || this.#requestsInChunk >= this.#headerEnds) this.#announceClose();
    else this.#takeBackAnnouncement();
    this.#onChange();
  }

  /** Begins to end the connection, as its worker leaves. Later terms replace earlier ones. */
  drain(terms: DrainTerms): void {
    const begun = this.#terms !== undefined;
    this.#terms = terms;
    if (!begun) this.#prepareEnd(terms);
    if (this.#pending.length > 0) this.#announceClose();
    else this.#closeWhenDue(terms);
  }

  /** Forgets what was still to be done: its socket is closed. */
  gone(): void {
    this.#giveUpIdle?.();
  }

  /** Lets go of the socket, which speaks another protocol from now on. */
  upgrade(): void {
    this.#leaveAlone?.();
    this.#giveUpIdle?.();
    this.#socket.off('data', this.#onChunk);
    Reflect.deleteProperty(this.#socket, 'destroySoon');
  }

  #prepareEnd({ lingerMs }: DrainTerms): void {
    const socket = this.#socket;
    socket.prependListener('data', this.#onChunk);
    // Node calls this after a reply with `Connection: close`, and would cut off unread bytes.
    socket.destroySoon = () => closeLingering(socket);
    this.#leaveAlone = destroyAfterEnd(socket, lingerMs);
  }

  #listenToResponses(): (this: ServerResponse) => void {
    const closed = (response: ServerResponse): void => this.#responseClosed(response);
    return function onClose() {
      closed(this);
    };
  }

  #responseClosed(response: ServerResponse): void {
    const { req: request } = response;
    // A reply may come before the request's body is in.
    if (request.complete || request.destroyed) {
      this.#done(response, requestTimes(this.#socket)?.finishedAtMs);
    } else request.once('close', () => this.#done(response, undefined));
  }

  #done(response: ServerResponse, finishedAtMs: number | undefined): void {
    const index = this.#pending.indexOf(response);
    if (index !== -1) this.#pending.splice(index, 1);
    if (this.#pending.length > 0) return;
    this.#idleSinceMs = notEarlier(this.#busySinceMs, finishedAtMs);
    this.#idleBytes = this.#socket.bytesRead;
    if (this.#terms === undefined) return;
    this.#closeWhenDue(this.#terms);
    this.#onChange();
  }

  #closeWhenDue(terms: DrainTerms): void {
    this.#giveUpIdle?.();
    const idleSinceMs = this.#idleSinceMs;
    const graceMs = this.#served ? terms.idleGraceMs : terms.firstRequestGraceMs;
    const dueMs = Math.min(terms.endIdleAtMs, idleSinceMs + graceMs);
    this.#giveUpIdle = afterQuietTime(dueMs - performance.now(), () => {
      const receiving = this.#socket.bytesRead > this.#idleBytes + EMPTY_LINE_BYTES;
      // Node's own headersTimeout answers for a request that never gets complete.
      const idle = this.#pending.length === 0 && this.#idleSinceMs === idleSinceMs && !receiving;
      if (!idle) return;
      closeLingering(this.#socket);
      this.#onChange();
    });
  }

  /** Makes the last reply, and no other, tell the client to send nothing more. */
  #announceClose(): void {
    if (this.#terms === undefined) return;
    const last = this.#pending.at(-1);
    if (last === this.#announced) return;
    this.#takeBackAnnouncement();
    // A reply that ends the connection anyway is Node's business.
    if (!last?.shouldKeepAlive || last.headersSent || last.hasHeader('connection')) return;
    last.setHeader('Connection', 'close');
    this.#announced = last;
  }

  #takeBackAnnouncement(): void {
    if (this.#announced?.headersSent === false) {
      this.#announced.setHeader('Connection', 'keep-alive');
    }
    this.#announced = undefined;
  }

  /**
   * Sees each chunk before the HTTP parser does, and counts the heads of requests in it.
   * An application may answer a request while the chunk is being parsed; only this tells
   * whether another request follows.
   */
  readonly #onChunk = (chunk: Buffer): void => {
    const seam = Buffer.concat([this.#chunkTail, chunk.subarray(0, HEADER_END.length - 1)]);
    const tail = chunk.length < HEADER_END.length ? seam : chunk;
    this.#headerEnds = countHeaderEnds(seam) + countHeaderEnds(chunk);
    this.#requestsInChunk = 0;
    this.#chunkTail = Buffer.from(tail.subarray(1 - HEADER_END.length));
    process.nextTick(() => {
      this.#headerEnds = 0;
      this.#announceClose();
    });
  };
}

/** The time that was noted, unless it is of an earlier request, else now. */
function notEarlier(thanMs: number, notedAtMs: number | undefined): number {
  return notedAtMs !== undefined && notedAtMs >= thanMs ? notedAtMs : performance.now();
}

function countHeaderEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(HEADER_END); at !== -1; at = bytes.indexOf(HEADER_END, at + 1)) {
    count += 1;
  }
  return count;
}
