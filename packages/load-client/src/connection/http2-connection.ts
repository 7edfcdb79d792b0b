import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  classifyConnectError,
  classifySocketError,
  type ErrorClass,
} from '../measure/error-class.ts';
import { reasonOf } from '../measure/error-reasons.ts';
import type { StreamRequest } from '../messages/wire-format.ts';
import type { PreparedRequest } from '../messages/workload.ts';
import type { ConnectionDriver } from './connection-driver.ts';
import { Http2Exchange, type StreamOutcome } from './http2-exchange.ts';
import {
  type ConnectionSettings,
  type ConnectionState,
  JUDGED_CONNECTING_MS,
  type LoadConnection,
} from './load-connection.ts';
import { ReplyJudge } from './reply-judge.ts';
import { type FailedRequest, RetryQueue } from './retry-queue.ts';

/** The window of a connection and of each stream, so that no reply waits for the client, in bytes. */
const WINDOW_BYTES = 16_777_216;

/** Fixed requests are described once, as they are encoded once. */
const streamRequests = new WeakMap<PreparedRequest, StreamRequest>();

/**
 * A connection of HTTP/2, on which each request is a stream and replies come in any order.
 *
 * It is open when the server's settings have come. When the server announces by GOAWAY that it takes
 * nothing new, what is in flight is still awaited; then the connection has ended as announced. What
 * the server has not begun with by then is sent again on the next connection.
 */
export class Http2Connection implements LoadConnection {
  readonly index: number;
  readonly #settings: ConnectionSettings;
  readonly #driver: ConnectionDriver;
  readonly #judge: ReplyJudge;
  readonly #retries: RetryQueue;
  /** What waits for its reply, the oldest first. */
  readonly #exchanges = new Set<Http2Exchange>();
  #batch: FailedRequest[] = [];
  #state: ConnectionState = 'closed';
  #socket: Socket | undefined;
  #session: http2.ClientHttp2Session | undefined;
  #startedMs = 0;
  #sentOnSocket = 0;
  #carriedReply = false;
  #everOpened = false;
  #openNow = false;
  #connectingMs = 0;
  #lastFailure: string | undefined;
  #readBytes = 0;

  constructor(index: number, settings: ConnectionSettings, driver: ConnectionDriver) {
    this.index = index;
    this.#settings = settings;
    this.#driver = driver;
    this.#judge = new ReplyJudge(index, settings, () => this.#socket);
    this.#retries = new RetryQueue(settings.recorder, settings.retries);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get inFlight(): number {
    return this.#exchanges.size + this.#batch.length;
  }

  get retries(): number {
    return this.#retries.count;
  }

  get worked(): boolean {
    return this.#judge.accepted > 0;
  }

  get unopened(): boolean {
    const judged = this.#lastFailure !== undefined || this.#connectingMs >= JUDGED_CONNECTING_MS;
    return !this.#everOpened && judged;
  }

  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  get sentOnSocket(): number {
    return this.#sentOnSocket;
  }

  open(): void {
    const { openSocket, secure, recorder } = this.#settings;
    this.#state = 'connecting';
    this.#startedMs = performance.now();
    this.#sentOnSocket = 0;
    this.#readBytes = 0;
    this.#carriedReply = false;
    const socket = openSocket(null);
    this.#socket = socket;
    const failed = (error: Error): void => {
      if (this.#socket === socket && this.#session === undefined) this.#failedWith(error);
    };
    socket.on('error', failed);
    socket.once('close', () => {
      if (this.#socket === socket && this.#session === undefined) this.#peerEnded();
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (this.#socket !== socket) return;
      if (socket instanceof TLSSocket) {
        recorder.recordHandshake(socket.isSessionReused());
        if (socket.alpnProtocol !== 'h2') {
          this.#broke(
            'protocol',
            `the server chose ${socket.alpnProtocol || 'no protocol'} by ALPN`,
          );
          return;
        }
      }
      this.#startSession(socket);
    });
  }

  queue(request: PreparedRequest, dueMs: number, nowMs: number): void {
    this.#batch.push({ request, dueMs, attempt: 0 });
    this.#sentOnSocket += 1;
    this.#settings.recorder.recordSent(dueMs, request.encoded.length, nowMs);
  }

  queueRetries(): void {
    this.#retries.resend((retry) => {
      this.#batch.push(retry);
      this.#sentOnSocket += 1;
    });
  }

  flush(): void {
    if (this.#state !== 'open' || this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    const nowMs = performance.now();
    for (const each of batch) this.#send(each, nowMs);
  }

  checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void {
    if (this.#state === 'connecting') {
      if (nowMs - this.#startedMs >= connectTimeoutMs) {
        this.#broke('connectTimeout', `no connection within ${connectTimeoutMs} ms`);
      }
      return;
    }
    for (const exchange of this.#exchanges) {
      if (nowMs - exchange.sentMs < replyTimeoutMs) break;
      exchange.cancel();
      this.#settle(exchange, {
        errorClass: 'timeout',
        reason: `no whole reply within ${replyTimeoutMs} ms`,
      });
    }
  }

  close(): void {
    const nowMs = performance.now();
    if (this.#state === 'connecting') this.#connectingMs = nowMs - this.#startedMs;
    this.#retries.abandon(nowMs);
    for (const { dueMs } of [...this.#exchanges, ...this.#batch]) {
      this.#settings.recorder.recordUnanswered(dueMs);
    }
    this.#release(true);
  }

  #startSession(socket: Socket): void {
    const { recorder } = this.#settings;
    // Where to is known: the socket is open, and each request names its authority.
    const session = http2.connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    this.#session = session;
    const mine = (): boolean => this.#session === session;
    session.setLocalWindowSize(WINDOW_BYTES);
    session.once('remoteSettings', () => {
      if (!mine() || this.#state !== 'connecting') return;
      const nowMs = performance.now();
      this.#state = 'open';
      this.#everOpened = true;
      this.#openNow = true;
      recorder.recordConnect(this.#startedMs, nowMs);
      this.#driver.opened(this, nowMs);
    });
    session.on('error', (error) => {
      if (mine()) this.#failedWith(error);
    });
    session.on('goaway', (code: number) => {
      if (mine() && code === http2.constants.NGHTTP2_NO_ERROR) this.#drain();
    });
    session.once('close', () => {
      if (mine()) this.#peerEnded();
    });
  }

  #send({ request, dueMs, attempt }: FailedRequest, nowMs: number): void {
    const session = this.#session;
    if (session === undefined) return;
    let stream = streamRequests.get(request);
    if (stream === undefined) {
      stream = this.#settings.format.toStream?.(request.message) ?? {
        headers: {},
        body: request.message,
      };
      streamRequests.set(request, stream);
    }
    const exchange = new Http2Exchange({ request, dueMs, attempt, sentMs: nowMs }, (outcome) =>
      this.#settle(exchange, outcome),
    );
    this.#exchanges.add(exchange);
    exchange.start(session, stream);
  }

  /** A stream has ended: with a whole reply, or without one. */
  #settle(exchange: Http2Exchange, outcome: StreamOutcome): void {
    if (!this.#exchanges.delete(exchange)) return;
    const nowMs = performance.now();
    this.#countReceived(nowMs);
    if ('errorClass' in outcome) {
      // A client sends again what GOAWAY leaves untouched (RFC 9113, section 8.7).
      if (outcome.untouched === true && this.#state === 'draining') this.#sendAgain(exchange);
      else this.#retries.fail(exchange, outcome.errorClass, nowMs, outcome.reason);
      if (this.#state === 'open') this.queueRetries();
    } else {
      this.#carriedReply = true;
      this.#judge.judge(exchange.request, exchange, outcome.reply, nowMs);
    }
    if (this.#state === 'draining') this.#endIfDrained(nowMs);
    else if (this.#state === 'open') {
      this.#driver.replied(this, 1, nowMs);
      this.flush();
    }
  }

  #sendAgain(exchange: Http2Exchange): void {
    this.#settings.recorder.recordRetry(exchange.dueMs);
    this.#retries.keep(exchange);
  }

  #countReceived(nowMs: number): void {
    const read = this.#socket?.bytesRead ?? this.#readBytes;
    this.#settings.recorder.recordReceived(Math.max(0, read - this.#readBytes), nowMs);
    this.#readBytes = Math.max(read, this.#readBytes);
  }

  /** The server has announced that it takes nothing new. */
  #drain(): void {
    if (this.#state !== 'open' && this.#state !== 'connecting') return;
    this.#state = 'draining';
    // Within this event the streams that the server did not take on are not told yet.
    setImmediate(() => {
      if (this.#state === 'draining') this.#endIfDrained(performance.now());
    });
  }

  #endIfDrained(nowMs: number): void {
    if (this.#exchanges.size > 0) return;
    this.#settings.recorder.recordAnnouncedClose();
    this.#keepBatch();
    if (!this.#carriedReply) this.#lastFailure = 'the peer ends each connection without a reply';
    this.#release(true);
    this.#driver.ended(this, this.#carriedReply, nowMs);
  }

  /** What was queued and never sent goes out first on the next connection. */
  #keepBatch(): void {
    for (const each of this.#batch) this.#retries.keep(each);
    this.#batch = [];
  }

  #failedWith(error: Error): void {
    const { secure } = this.#settings;
    const reason = reasonOf(error);
    if (this.#state === 'connecting') {
      const asked = this.#session !== undefined || reason.includes('NO_APPLICATION_PROTOCOL');
      const errorClass = classifyConnectError(error, secure);
      const isSystems = errorClass !== 'connectFailed' && errorClass !== 'tls';
      this.#broke(asked && !isSystems ? 'protocol' : errorClass, reason);
    } else if (reason.startsWith('ERR_HTTP2')) this.#broke('malformedReply', reason);
    else this.#broke(classifySocketError(error, secure), reason);
  }

  /** The peer has closed the connection without an error. */
  #peerEnded(): void {
    const nowMs = performance.now();
    if (this.#state === 'connecting') {
      this.#broke('earlyClose', 'closed during the handshake');
    } else if (this.#exchanges.size > 0) {
      this.#broke('closedBeforeReply', 'the peer ended before the reply');
    } else if (this.#state === 'draining') this.#endIfDrained(nowMs);
    else {
      this.#settings.recorder.recordIdleClose();
      this.#keepBatch();
      if (!this.#carriedReply) this.#lastFailure = 'the peer ends each connection without a reply';
      this.#release(false);
      this.#driver.ended(this, this.#carriedReply, nowMs);
    }
  }

  /** Counts every request in flight under the class, or the event itself when there is none, and lets go. */
  #broke(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    if (this.#exchanges.size === 0) {
      this.#settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    }
    for (const exchange of this.#exchanges) {
      const within = errorClass === 'closedBeforeReply' && exchange.inReply;
      this.#retries.fail(exchange, within ? 'earlyClose' : errorClass, nowMs, reason);
    }
    this.#exchanges.clear();
    this.#keepBatch();
    this.#lastFailure = reason;
    this.#release(false);
    this.#driver.lost(this, nowMs);
  }

  #release(politely: boolean): void {
    const [socket, session] = [this.#socket, this.#session];
    const idle = this.#exchanges.size === 0;
    if (this.#state === 'open' || (this.#state === 'draining' && this.#openNow)) {
      this.#settings.recorder.recordClosed();
    }
    this.#openNow = false;
    this.#socket = undefined;
    this.#session = undefined;
    this.#state = 'closed';
    this.#exchanges.clear();
    this.#batch = [];
    if (session === undefined) socket?.destroy();
    else if (politely && idle) session.close();
    else session.destroy();
  }
}
