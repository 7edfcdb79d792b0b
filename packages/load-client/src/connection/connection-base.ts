import type { Socket } from 'node:net';
import type { ConnectionDriver } from './connection-driver.ts';
import type { ConnectionSettings, ConnectionState, LoadConnection } from './load-connection.ts';
import type { PreparedRequest } from '../messages/workload.ts';
import { ReplyJudge } from './reply-judge.ts';
import { RetryQueue } from './retry-queue.ts';

/** An attempt to connect that lasts so long without an answer says something about the server, in milliseconds. */
const JUDGED_CONNECTING_MS = 1000;

/** What a connection is, whatever is spoken on it: its socket, its state, and how it has fared. */
export abstract class ConnectionBase implements LoadConnection {
  readonly index: number;
  protected readonly settings: ConnectionSettings;
  protected readonly driver: ConnectionDriver;
  protected readonly judge: ReplyJudge;
  protected readonly retryQueue: RetryQueue;
  protected currentState: ConnectionState = 'closed';
  protected socket: Socket | undefined;
  protected startedMs = 0;
  protected sent = 0;
  protected carriedReply = false;
  #everOpened = false;
  #connectingMs = 0;
  #lastFailure: string | undefined;

  constructor(index: number, settings: ConnectionSettings, driver: ConnectionDriver) {
    this.index = index;
    this.settings = settings;
    this.driver = driver;
    this.judge = new ReplyJudge(index, settings, () => this.socket);
    this.retryQueue = new RetryQueue(settings.recorder, settings.retries);
  }

  /** Returns whether the connection is closed, connecting or open. */
  get state(): ConnectionState {
    return this.currentState;
  }

  /** Returns how many requests wait to be sent again. */
  get retries(): number {
    return this.retryQueue.count;
  }

  /** Returns whether a right reply has come, on any socket. */
  get worked(): boolean {
    return this.judge.accepted > 0;
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
    return this.sent;
  }

  abstract get inFlight(): number;
  abstract open(): void;
  abstract queue(request: PreparedRequest, dueMs: number, nowMs: number): void;
  abstract queueRetries(nowMs: number): void;
  abstract flush(): void;
  abstract checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void;
  abstract close(): void;

  /** Lets go of the socket, with a farewell of the protocol when `politely`. */
  protected abstract release(politely: boolean): void;

  /** Begins with an attempt to connect. */
  protected connecting(): void {
    this.currentState = 'connecting';
    this.startedMs = performance.now();
    this.sent = 0;
    this.carriedReply = false;
  }

  /** Takes note that the connection is open, and tells the driver. */
  protected opened(): void {
    const nowMs = performance.now();
    this.currentState = 'open';
    this.#everOpened = true;
    this.settings.recorder.recordConnect(this.startedMs, nowMs);
    this.driver.opened(this, nowMs);
  }

  /** Takes note that the client closes the connection: how long it has tried, and what is not sent again. */
  protected closing(nowMs: number): void {
    if (this.currentState === 'connecting') this.#connectingMs = nowMs - this.startedMs;
    this.retryQueue.abandon(nowMs);
  }

  /** Lets go of a connection that the peer has ended cleanly, and tells the driver. */
  protected ended(nowMs: number, politely: boolean): void {
    if (!this.carriedReply) this.#lastFailure = 'the peer ends each connection without a reply';
    this.release(politely);
    this.driver.ended(this, this.carriedReply, nowMs);
  }

  /** Lets go of a connection that is lost or could not be opened, and tells the driver. */
  protected lost(nowMs: number, reason: string): void {
    this.#lastFailure = reason;
    this.release(false);
    this.driver.lost(this, nowMs);
  }
}
