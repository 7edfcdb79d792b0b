import type { TLSSocket } from 'node:tls';
import type { ConnectionDriver } from './connection-driver.ts';
import {
  classifyConnectError,
  classifySocketError,
  type ErrorClass,
} from '../measure/error-class.ts';
import { reasonOf } from '../measure/error-reasons.ts';
import { ConnectionBase } from './connection-base.ts';
import type { ConnectionSettings } from './load-connection.ts';
import { ReplyReader } from './reply-reader.ts';
import type { ConnectionOpening } from '../messages/wire-format.ts';
import type { PreparedRequest } from '../messages/workload.ts';

/**
 * A connection on which replies come in the order of the requests: opens its socket, writes requests
 * and hands what comes back to its {@link ReplyReader}.
 */
export class ByteConnection extends ConnectionBase {
  readonly #reader: ReplyReader;
  /** What {@link ByteConnection.flush} writes first; a list is only kept for what follows it. */
  #first: PreparedRequest | undefined;
  #others: Buffer[] | undefined;
  #opening: ConnectionOpening | undefined;

  constructor(index: number, settings: ConnectionSettings, driver: ConnectionDriver) {
    super(index, settings, driver);
    this.#reader = new ReplyReader(settings, this.judge, (bytes) => this.socket?.write(bytes));
  }

  /** Returns how many requests wait for their replies. */
  get inFlight(): number {
    return this.#reader.inFlight.count;
  }

  /** Opens the socket; the driver hears `opened` or `lost`, never during this call. */
  open(): void {
    const { openSocket, secure, recorder, format } = this.settings;
    this.connecting();
    this.#opening = undefined;
    this.#reader.reset();
    const socket = openSocket((length, buffer) => {
      if (this.socket === socket) this.#received(length, buffer);
      return true;
    });
    this.socket = socket;
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (this.socket !== socket) return;
      if (secure) recorder.recordHandshake((socket as TLSSocket).isSessionReused());
      this.#opening = format.createOpening?.();
      if (this.#opening === undefined) this.opened();
      else socket.write(this.#opening.request);
    });
    // An error after the connection was let go has nobody left to concern.
    socket.on('error', (error) => {
      if (this.socket !== socket) return;
      const reason = reasonOf(error);
      if (this.currentState !== 'connecting')
        this.#broke(classifySocketError(error, secure), reason);
      else this.#connectFailed(classifyConnectError(error, secure), reason);
    });
    const peerClosed = (): void => {
      if (this.socket !== socket) return;
      if (this.currentState === 'connecting')
        this.#connectFailed('earlyClose', 'closed during the handshake');
      else this.#peerClosed();
    };
    socket.on('end', peerClosed);
    socket.on('close', peerClosed);
  }

  /** Adds a request to the batch that {@link ByteConnection.flush} writes; `dueMs` is when it should go out. */
  queue(request: PreparedRequest, dueMs: number, nowMs: number): void {
    this.#reader.inFlight.push(request, dueMs, nowMs, 0);
    this.sent += 1;
    this.#append(request);
    this.settings.recorder.recordSent(dueMs, request.encoded.length, nowMs);
  }

  /** Adds the requests that a lost connection left behind to the batch. */
  queueRetries(nowMs: number): void {
    this.retryQueue.resend(({ request, dueMs, attempt }) => {
      this.#reader.inFlight.push(request, dueMs, nowMs, attempt);
      this.sent += 1;
      this.#append(request);
    });
  }

  /** Writes the batch with one system call. */
  flush(): void {
    const first = this.#first;
    if (first === undefined) return;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    const { encoded, encodedText } = first;
    if (others !== undefined) this.socket?.write(Buffer.concat([encoded, ...others]));
    else if (encodedText !== null) this.socket?.write(encodedText, 'latin1');
    else this.socket?.write(encoded);
  }

  /** Gives up when connecting, or the oldest reply, takes too long. */
  checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void {
    if (this.currentState === 'connecting') {
      if (nowMs - this.startedMs >= connectTimeoutMs) {
        this.#connectFailed('connectTimeout', `no connection within ${connectTimeoutMs} ms`);
      }
    } else if (this.inFlight > 0) {
      if (nowMs - this.#reader.inFlight.oldestSentMs >= replyTimeoutMs) {
        this.#broke('timeout', `no whole reply within ${replyTimeoutMs} ms`);
      }
    }
  }

  /**
   * Closes the socket without telling the driver. Requests in flight are counted as unanswered, and
   * those that waited to be sent again as failed.
   */
  close(): void {
    const nowMs = performance.now();
    this.closing(nowMs);
    const { inFlight } = this.#reader;
    while (inFlight.count > 0) {
      this.settings.recorder.recordUnanswered(inFlight.oldestDueMs);
      inFlight.oldest?.fate?.unanswered(inFlight.oldestDueMs);
      inFlight.shift();
    }
    this.release();
  }

  #append(request: PreparedRequest): void {
    if (this.#first === undefined) this.#first = request;
    else (this.#others ??= []).push(request.encoded);
  }

  /** Takes the peer's answer to what a connection of this format begins with. */
  #agree(opening: ConnectionOpening, bytes: Buffer): void {
    let rest: Buffer | null;
    try {
      rest = opening.push(bytes);
    } catch (error) {
      this.#connectFailed('protocol', error instanceof Error ? error.message : String(error));
      return;
    }
    if (rest === null) return;
    this.#opening = undefined;
    this.opened();
    if (rest.length > 0 && this.currentState === 'open') this.#received(rest.length, rest);
  }

  #received(length: number, buffer: Uint8Array): void {
    if (this.#opening !== undefined) {
      this.#agree(this.#opening, Buffer.from(buffer.subarray(0, length)));
      return;
    }
    const nowMs = performance.now();
    const replies = this.#reader.read(length, buffer, nowMs);
    const { fatal, fatalReason, closing, idleEnd } = this.#reader;
    if (replies > 0) this.carriedReply = true;
    if (fatal !== null) {
      if (fatal === 'surplusBytes' && this.inFlight === 0) {
        this.settings.recorder.recordConnectionError(fatal, nowMs, fatalReason);
      }
      this.#broke(fatal, fatalReason);
    } else if (idleEnd) {
      this.settings.recorder.recordIdleClose();
      this.ended(nowMs, true);
    } else if (closing) {
      // The peer answers nothing after this; what is in flight behind the reply it never took on.
      this.settings.recorder.recordAnnouncedClose();
      this.#failAll('closedBeforeReply', nowMs, 'the server announced the end before the reply');
      this.ended(nowMs, true);
    } else if (replies > 0) this.driver.replied(this, replies, nowMs);
  }

  #connectFailed(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    this.settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    this.lost(nowMs, reason);
  }

  /** The peer's end of the stream: it may complete a last reply, and it breaks what is in flight else. */
  #peerClosed(): void {
    const nowMs = performance.now();
    if (this.inFlight > 0 && this.#reader.end(nowMs) > 0) this.carriedReply = true;
    const { fatal, fatalReason } = this.#reader;
    if (fatal !== null) this.#broke(fatal, fatalReason);
    else if (this.inFlight > 0) {
      // Only the oldest request can have a part of its reply.
      if (this.#reader.inReply) {
        this.#failOldest('earlyClose', nowMs, 'the peer ended within the reply');
      }
      const reason = 'the peer ended before the reply';
      this.#failAll('closedBeforeReply', nowMs, reason);
      this.lost(nowMs, reason);
    } else {
      // The end of a reply that lasts until then is no surprise.
      if (this.#reader.closing) this.settings.recorder.recordAnnouncedClose();
      else this.settings.recorder.recordIdleClose();
      this.ended(nowMs, true);
    }
  }

  /** Counts every request in flight under the class, or the event itself when there is none, and lets go. */
  #broke(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    const { fatal } = this.#reader;
    if (this.inFlight === 0 && fatal === null) {
      this.settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    }
    this.#failAll(errorClass, nowMs, reason);
    this.lost(nowMs, reason);
  }

  /** Takes the oldest request out of flight and counts it as failed, unless it may be sent again. */
  #failOldest(errorClass: ErrorClass, nowMs: number, reason: string): void {
    const { oldest: request, oldestDueMs: dueMs, oldestAttempt: attempt } = this.#reader.inFlight;
    if (request === undefined) return;
    this.retryQueue.fail({ request, dueMs, attempt }, errorClass, nowMs, reason);
    this.#reader.inFlight.shift();
  }

  #failAll(errorClass: ErrorClass, nowMs: number, reason: string): void {
    while (this.inFlight > 0) this.#failOldest(errorClass, nowMs, reason);
  }

  protected release(): void {
    const socket = this.socket;
    const wasOpen = this.currentState === 'open';
    this.socket = undefined;
    this.currentState = 'closed';
    this.#first = undefined;
    this.#others = undefined;
    this.#opening = undefined;
    const { farewell } = this.settings.format;
    if (socket === undefined) return;
    if (wasOpen) this.settings.recorder.recordClosed();
    if (farewell !== undefined && wasOpen && socket.writable) {
      socket.write(farewell);
      socket.destroySoon();
    } else socket.destroy();
  }
}
