import type { Socket } from 'node:net';
import { classifyConnectError, classifySocketError, type ErrorClass } from './error-class.ts';
import type { SocketOpener } from './socket-opener.ts';
import { ReplyReader, type ReplyReaderSettings } from './reply-reader.ts';
import type { PreparedRequest } from './workload.ts';

/** Describes one reply for {@link LoadOptions.onReply}. */
export interface ReplyEvent {
  /** The number of the connection, from 0; a reconnect keeps it. */
  readonly connection: number;
  /** The client's own address, or undefined for a unix socket. */
  readonly localAddress: string | undefined;
  /** The client's own port, or undefined for a unix socket. */
  readonly localPort: number | undefined;
  /** The request's message, without its framing. */
  readonly request: Buffer;
  /** The reply's message, without its framing. */
  readonly reply: Buffer;
  /** Whether it was the right reply. */
  readonly right: boolean;
  /** The time from the due time of the request to its reply, in milliseconds. */
  readonly latencyMs: number;
}

/** Decides what a connection does next; each load model has one. */
export interface ConnectionDriver {
  /** The connection is open and has nothing in flight. */
  opened(connection: LoadConnection, nowMs: number): void;
  /** This many requests got their replies, right or wrong, all in one read. */
  replied(connection: LoadConnection, replies: number, nowMs: number): void;
  /** The connection is gone or could not be opened; its requests in flight were counted as failed. */
  lost(connection: LoadConnection, nowMs: number): void;
}

/** What all connections of a load thread have in common. */
export interface ConnectionSettings extends ReplyReaderSettings {
  readonly openSocket: SocketOpener;
  readonly secure: boolean;
  /** How often a request is sent again after its connection was lost. */
  readonly retries: number;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
}

/** A request that is to be sent again when the connection is open again. */
interface Retry {
  readonly request: PreparedRequest;
  readonly dueMs: number;
  readonly attempt: number;
  readonly errorClass: ErrorClass;
}

/** After these errors a request may be sent again: no wrong reply came, the connection just ended. */
const RETRIED_CLASSES: ReadonlySet<ErrorClass> = new Set(['reset', 'earlyClose', 'timeout']);

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
  readonly #retries: Retry[] = [];
  #state: 'closed' | 'connecting' | 'open' = 'closed';
  #socket: Socket | undefined;
  #startedMs = 0;
  #sentOnSocket = 0;

  constructor(index: number, settings: ConnectionSettings, driver: ConnectionDriver) {
    this.index = index;
    this.#settings = settings;
    this.#driver = driver;
    const { onReply } = settings;
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
    return this.#retries.length;
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
      recorder.recordConnect(this.#startedMs, nowMs);
      this.#driver.opened(this, nowMs);
    });
    // An error after the connection was let go has nobody left to concern.
    socket.on('error', (error) => {
      if (this.#socket !== socket) return;
      if (this.#state === 'connecting') this.#connectFailed(classifyConnectError(error, secure));
      else this.#broke(classifySocketError(error, secure));
    });
    const peerClosed = (): void => {
      if (this.#socket !== socket) return;
      if (this.#state === 'connecting') this.#connectFailed('earlyClose');
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
    for (const { request, dueMs, attempt } of this.#retries) {
      this.#reader.inFlight.push(request, dueMs, nowMs, attempt);
      this.#sentOnSocket += 1;
      this.#append(request.encoded);
    }
    this.#retries.length = 0;
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
      if (nowMs - this.#startedMs >= connectTimeoutMs) this.#connectFailed('connectTimeout');
    } else if (this.inFlight > 0) {
      if (nowMs - this.#reader.inFlight.oldestSentMs >= replyTimeoutMs) this.#broke('timeout');
    }
  }

  /**
   * Closes the socket without telling the driver. Requests in flight are counted as unanswered, and
   * those that waited to be sent again as failed.
   */
  close(): void {
    const nowMs = performance.now();
    for (const { dueMs, errorClass } of this.#retries) {
      this.#settings.recorder.recordFailure(dueMs, errorClass, nowMs);
    }
    this.#retries.length = 0;
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
    const { fatal } = this.#reader;
    if (fatal !== null) {
      if (fatal === 'surplusBytes' && this.inFlight === 0) {
        this.#settings.recorder.recordConnectionError(fatal, nowMs);
      }
      this.#broke(fatal);
    } else if (replies > 0) this.#driver.replied(this, replies, nowMs);
  }

  #connectFailed(errorClass: ErrorClass): void {
    const nowMs = performance.now();
    this.#settings.recorder.recordConnectionError(errorClass, nowMs);
    this.#release();
    this.#driver.lost(this, nowMs);
  }

  #peerClosed(): void {
    if (this.inFlight > 0) {
      this.#broke('earlyClose');
      return;
    }
    this.#settings.recorder.recordIdleClose();
    this.#release();
    this.#driver.lost(this, performance.now());
  }

  /** Counts every request in flight under the class, or the event itself when there is none, and lets go. */
  #broke(errorClass: ErrorClass): void {
    const nowMs = performance.now();
    const { recorder, retries } = this.#settings;
    const { inFlight, fatal } = this.#reader;
    if (inFlight.count === 0 && fatal === null) recorder.recordConnectionError(errorClass, nowMs);
    while (inFlight.count > 0) {
      const { oldest: request, oldestDueMs: dueMs, oldestAttempt } = inFlight;
      const attempt = oldestAttempt + 1;
      if (request !== undefined && attempt <= retries && RETRIED_CLASSES.has(errorClass)) {
        this.#retries.push({ request, dueMs, attempt, errorClass });
        recorder.recordRetry(dueMs);
      } else recorder.recordFailure(dueMs, errorClass, nowMs);
      inFlight.shift();
    }
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
