import type { Socket } from 'node:net';
import type { ConnectionDriver } from './connection-driver.ts';
import {
  classifyConnectError,
  classifySocketError,
  type ErrorClass,
} from '../measure/error-class.ts';
import { reasonOf } from '../measure/error-reasons.ts';
import type { ReplyEvent } from './reply-event.ts';
import type { SocketOpener } from '../target/socket-opener.ts';
import { ReplyReader, type ReplyReaderSettings } from './reply-reader.ts';
import { RetryQueue } from './retry-queue.ts';
import type { PreparedRequest } from '../messages/workload.ts';

/** An attempt to connect that lasts so long without an answer says something about the server, in milliseconds. */
const JUDGED_CONNECTING_MS = 1000;

/** What all connections of a load thread have in common. */
export interface ConnectionSettings extends ReplyReaderSettings {
  readonly openSocket: SocketOpener;
  readonly secure: boolean;
  /** How often a request is sent again after its connection was lost. */
  readonly retries: number;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
}

/**
 * One connection of the load: opens its socket, writes requests and hands what comes back to its
 * {@link ReplyReader}.
 *
 * It counts what happens in the recorder and leaves every decision to its driver. After `lost` or
 * {@link LoadConnection.close} it can be opened again.
 */
export class LoadConnection {
  readonly index: number;
  readonly #settings: ConnectionSettings;
  readonly #driver: ConnectionDriver;
  readonly #reader: ReplyReader;
  /** What {@link LoadConnection.flush} writes first; a list is only kept for what follows it. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  readonly #retries: RetryQueue;
  #state: 'closed' | 'connecting' | 'open' = 'closed';
  #socket: Socket | undefined;
  #startedMs = 0;
  #sentOnSocket = 0;
  #carriedReply = false;
  #everOpened = false;
  #connectingMs = 0;
  #lastFailure: string | undefined;

  constructor(index: number, settings: ConnectionSettings, driver: ConnectionDriver) {
    this.index = index;
    this.#settings = settings;
    this.#driver = driver;
    const { onReply, recorder, retries } = settings;
    this.#reader = new ReplyReader(
      settings,
      onReply === undefined
        ? undefined
        : (request, reply, right, latencyMs) => {
            onReply({
              connection: index,
              localAddress: this.#socket?.localAddress,
              localPort: this.#socket?.localPort,
              request: request.message,
              reply,
              right,
              latencyMs,
            });
          },
    );
    this.#retries = new RetryQueue(this.#reader.inFlight, recorder, retries);
  }

  /** Returns whether the connection is closed, connecting or open. */
  get state(): 'closed' | 'connecting' | 'open' {
    return this.#state;
  }

  /** Returns how many requests wait for their replies. */
  get inFlight(): number {
    return this.#reader.inFlight.count;
  }

  /** Returns how many requests wait to be sent again. */
  get retries(): number {
    return this.#retries.count;
  }

  /** Returns whether a right reply has come, on any socket. */
  get worked(): boolean {
    return this.#reader.accepted > 0;
  }

  /**
   * Returns whether it was tried to open the connection, and no attempt succeeded. One that was let
   * go of within its first second is not judged.
   */
  get unopened(): boolean {
    const judged = this.#lastFailure !== undefined || this.#connectingMs >= JUDGED_CONNECTING_MS;
    return !this.#everOpened && judged;
  }

  /** Returns why the connection was lost, or not opened, for the last time. */
  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  /** Returns how many requests the present socket has carried. */
  get sentOnSocket(): number {
    return this.#sentOnSocket;
  }

  /** Opens the socket; the driver hears `opened` or `lost`, never during this call. */
  open(): void {
    const { openSocket, secure, recorder } = this.#settings;
    this.#state = 'connecting';
    this.#startedMs = performance.now();
    this.#sentOnSocket = 0;
    this.#carriedReply = false;
    this.#reader.reset();
    const socket = openSocket((length, buffer) => {
      if (this.#socket === socket) this.#received(length, buffer);
      return true;
    });
    this.#socket = socket;
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (this.#socket !== socket) return;
      const nowMs = performance.now();
      this.#state = 'open';
      this.#everOpened = true;
      recorder.recordConnect(this.#startedMs, nowMs);
      this.#driver.opened(this, nowMs);
    });
    // An error after the connection was let go has nobody left to concern.
    socket.on('error', (error) => {
      if (this.#socket !== socket) return;
      const reason = reasonOf(error);
      if (this.#state !== 'connecting') this.#broke(classifySocketError(error, secure), reason);
      else this.#connectFailed(classifyConnectError(error, secure), reason);
    });
    const peerClosed = (): void => {
      if (this.#socket !== socket) return;
      if (this.#state === 'connecting')
        this.#connectFailed('earlyClose', 'closed during the handshake');
      else this.#peerClosed();
    };
    socket.on('end', peerClosed);
    socket.on('close', peerClosed);
  }

  /** Adds a request to the batch that {@link LoadConnection.flush} writes; `dueMs` is when it should go out. */
  queue(request: PreparedRequest, dueMs: number, nowMs: number): void {
    this.#reader.inFlight.push(request, dueMs, nowMs, 0);
    this.#sentOnSocket += 1;
    this.#append(request.encoded);
    this.#settings.recorder.recordSent(dueMs, request.encoded.length, nowMs);
  }

  /** Adds the requests that a lost connection left behind to the batch. */
  queueRetries(nowMs: number): void {
    this.#retries.resend(nowMs, ({ encoded }) => {
      this.#sentOnSocket += 1;
      this.#append(encoded);
    });
  }

  /** Writes the batch with one system call. */
  flush(): void {
    const first = this.#first;
    if (first === undefined) return;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    this.#socket?.write(others === undefined ? first : Buffer.concat([first, ...others]));
  }

  /** Gives up when connecting, or the oldest reply, takes too long. */
  checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void {
    if (this.#state === 'connecting') {
      if (nowMs - this.#startedMs >= connectTimeoutMs) {
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
    if (this.#state === 'connecting') this.#connectingMs = nowMs - this.#startedMs;
    this.#retries.abandon(nowMs);
    const { inFlight } = this.#reader;
    while (inFlight.count > 0) {
      this.#settings.recorder.recordUnanswered(inFlight.oldestDueMs);
      inFlight.shift();
    }
    this.#release();
  }

  #append(bytes: Buffer): void {
    if (this.#first === undefined) this.#first = bytes;
    else (this.#others ??= []).push(bytes);
  }

  #received(length: number, buffer: Uint8Array): void {
    const nowMs = performance.now();
    const replies = this.#reader.read(length, buffer, nowMs);
    const { fatal, fatalReason, closing, idleEnd } = this.#reader;
    if (replies > 0) this.#carriedReply = true;
    if (fatal !== null) {
      if (fatal === 'surplusBytes' && this.inFlight === 0) {
        this.#settings.recorder.recordConnectionError(fatal, nowMs, fatalReason);
      }
      this.#broke(fatal, fatalReason);
    } else if (idleEnd) {
      this.#settings.recorder.recordIdleClose();
      this.#ended(nowMs);
    } else if (closing) {
      // The peer answers nothing after this; what is in flight behind the reply it never took on.
      this.#settings.recorder.recordAnnouncedClose();
      this.#retries.failAll('closedBeforeReply', nowMs, 'the reply before it announced the end');
      this.#ended(nowMs);
    } else if (replies > 0) this.#driver.replied(this, replies, nowMs);
  }

  #connectFailed(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    this.#settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    this.#lost(nowMs, reason);
  }

  /** The peer's end of the stream: it may complete a last reply, and it breaks what is in flight else. */
  #peerClosed(): void {
    const nowMs = performance.now();
    if (this.inFlight > 0 && this.#reader.end(nowMs) > 0) this.#carriedReply = true;
    const { fatal, fatalReason } = this.#reader;
    if (fatal !== null) this.#broke(fatal, fatalReason);
    else if (this.inFlight > 0) {
      // Only the oldest request can have a part of its reply.
      if (this.#reader.inReply) {
        this.#retries.failOldest('earlyClose', nowMs, 'the peer ended within the reply');
      }
      const reason = 'the peer ended before the reply';
      this.#retries.failAll('closedBeforeReply', nowMs, reason);
      this.#lost(nowMs, reason);
    } else {
      this.#settings.recorder.recordIdleClose();
      this.#ended(nowMs);
    }
  }

  #ended(nowMs: number): void {
    if (!this.#carriedReply) this.#lastFailure = 'the peer ends each connection without a reply';
    this.#release();
    this.#driver.ended(this, this.#carriedReply, nowMs);
  }

  /** Counts every request in flight under the class, or the event itself when there is none, and lets go. */
  #broke(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    const { fatal } = this.#reader;
    if (this.inFlight === 0 && fatal === null) {
      this.#settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    }
    this.#retries.failAll(errorClass, nowMs, reason);
    this.#lost(nowMs, reason);
  }

  #lost(nowMs: number, reason: string): void {
    this.#lastFailure = reason;
    this.#release();
    this.#driver.lost(this, nowMs);
  }

  #release(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#state = 'closed';
    this.#first = undefined;
    this.#others = undefined;
    socket?.destroy();
  }
}
