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
import { Http2Exchange, type StreamOutcome } from './http2-exchange.ts';
import { ConnectionBase } from './connection-base.ts';
import type { FailedRequest } from './retry-queue.ts';

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
export class Http2Connection extends ConnectionBase {
  /** What waits for its reply, the oldest first. */
  readonly #exchanges = new Set<Http2Exchange>();
  #batch: FailedRequest[] = [];
  #session: http2.ClientHttp2Session | undefined;
  #openNow = false;
  #readBytes = 0;

  get inFlight(): number {
    return this.#exchanges.size + this.#batch.length;
  }

  open(): void {
    const { openSocket, secure, recorder } = this.settings;
    this.connecting();
    this.#readBytes = 0;
    const socket = openSocket(null);
    this.socket = socket;
    const failed = (error: Error): void => {
      if (this.socket === socket && this.#session === undefined) this.#failedWith(error);
    };
    socket.on('error', failed);
    socket.once('close', () => {
      if (this.socket === socket && this.#session === undefined) this.#peerEnded();
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (this.socket !== socket) return;
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
    this.sent += 1;
    this.settings.recorder.recordSent(dueMs, request.encoded.length, nowMs);
  }

  queueRetries(): void {
    this.retryQueue.resend((retry) => {
      this.#batch.push(retry);
      this.sent += 1;
    });
  }

  flush(): void {
    if (this.currentState !== 'open' || this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    const nowMs = performance.now();
    for (const each of batch) this.#send(each, nowMs);
  }

  checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void {
    if (this.currentState === 'connecting') {
      if (nowMs - this.startedMs >= connectTimeoutMs) {
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
    this.closing(nowMs);
    for (const { request, dueMs } of [...this.#exchanges, ...this.#batch]) {
      this.settings.recorder.recordUnanswered(dueMs);
      request.fate?.unanswered(dueMs);
    }
    this.release(true);
  }

  #startSession(socket: Socket): void {
    // Where to is known: the socket is open, and each request names its authority.
    const session = http2.connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    this.#session = session;
    const mine = (): boolean => this.#session === session;
    session.setLocalWindowSize(WINDOW_BYTES);
    session.once('remoteSettings', () => {
      if (!mine() || this.currentState !== 'connecting') return;
      this.#openNow = true;
      this.opened();
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
      stream = this.settings.format.toStream?.(request.message, request.headers) ?? {
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
      if (outcome.untouched === true && this.currentState === 'draining') this.#sendAgain(exchange);
      else this.retryQueue.fail(exchange, outcome.errorClass, nowMs, outcome.reason);
      if (this.currentState === 'open') this.queueRetries();
    } else {
      this.carriedReply = true;
      this.judge.judge(exchange.request, exchange, outcome.reply, nowMs);
    }
    if (this.currentState === 'draining') this.#endIfDrained(nowMs);
    else if (this.currentState === 'open') {
      this.driver.replied(this, 1, nowMs);
      this.flush();
    }
  }

  #sendAgain(exchange: Http2Exchange): void {
    this.settings.recorder.recordRetry(exchange.dueMs);
    this.retryQueue.keep(exchange);
  }

  #countReceived(nowMs: number): void {
    const read = this.socket?.bytesRead ?? this.#readBytes;
    this.settings.recorder.recordReceived(Math.max(0, read - this.#readBytes), nowMs);
    this.#readBytes = Math.max(read, this.#readBytes);
  }

  /** The server has announced that it takes nothing new. */
  #drain(): void {
    if (this.currentState !== 'open' && this.currentState !== 'connecting') return;
    this.currentState = 'draining';
    // Within this event the streams that the server did not take on are not told yet.
    setImmediate(() => {
      if (this.currentState === 'draining') this.#endIfDrained(performance.now());
    });
  }

  #endIfDrained(nowMs: number): void {
    if (this.#exchanges.size > 0) return;
    this.settings.recorder.recordAnnouncedClose();
    this.#keepBatch();
    this.ended(nowMs, true);
  }

  /** What was queued and never sent goes out first on the next connection. */
  #keepBatch(): void {
    for (const each of this.#batch) this.retryQueue.keep(each);
    this.#batch = [];
  }

  #failedWith(error: Error): void {
    const { secure } = this.settings;
    const reason = reasonOf(error);
    if (this.currentState === 'connecting') {
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
    if (this.currentState === 'connecting') {
      this.#broke('earlyClose', 'closed during the handshake');
    } else if (this.#exchanges.size > 0) {
      this.#broke('closedBeforeReply', 'the peer ended before the reply');
    } else if (this.currentState === 'draining') this.#endIfDrained(nowMs);
    else {
      this.settings.recorder.recordIdleClose();
      this.#keepBatch();
      this.ended(nowMs, false);
    }
  }

  /** Counts every request in flight under the class, or the event itself when there is none, and lets go. */
  #broke(errorClass: ErrorClass, reason: string): void {
    const nowMs = performance.now();
    if (this.#exchanges.size === 0) {
      this.settings.recorder.recordConnectionError(errorClass, nowMs, reason);
    }
    for (const exchange of this.#exchanges) {
      const within = errorClass === 'closedBeforeReply' && exchange.inReply;
      this.retryQueue.fail(exchange, within ? 'earlyClose' : errorClass, nowMs, reason);
    }
    this.#exchanges.clear();
    this.#keepBatch();
    this.lost(nowMs, reason);
  }

  protected release(politely: boolean): void {
    const [socket, session] = [this.socket, this.#session];
    const idle = this.#exchanges.size === 0;
    if (this.currentState === 'open' || (this.currentState === 'draining' && this.#openNow)) {
      this.settings.recorder.recordClosed();
    }
    this.#openNow = false;
    this.socket = undefined;
    this.#session = undefined;
    this.currentState = 'closed';
    this.#exchanges.clear();
    this.#batch = [];
    if (session === undefined) socket?.destroy();
    else if (politely && idle) session.close();
    else session.destroy();
  }
}
