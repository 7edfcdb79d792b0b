import type { ErrorClass } from '../measure/error-class.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { PreparedRequest } from '../messages/workload.ts';

/** A request whose attempt has failed. */
export interface FailedRequest {
  readonly request: PreparedRequest;
  readonly dueMs: number;
  /** How often it had been sent before: 0 for the first attempt. */
  readonly attempt: number;
}

/** A request that is to be sent again when the connection is open again. */
interface Retry extends FailedRequest {
  readonly errorClass: ErrorClass;
  readonly reason: string;
}

/** After these errors a request may be sent again: no wrong reply came, the connection just ended. */
const RETRIED_CLASSES: ReadonlySet<ErrorClass> = new Set([
  'reset',
  'closedBeforeReply',
  'earlyClose',
  'timeout',
]);

/** Decides for the requests of a broken connection whether they failed or are sent again. */
export class RetryQueue {
  readonly #recorder: Recorder;
  readonly #limit: number;
  #waiting: Retry[] = [];

  /** Creates a queue for the requests of one connection, each sent again up to `limit` times. */
  constructor(recorder: Recorder, limit: number) {
    this.#recorder = recorder;
    this.#limit = limit;
  }

  /** Returns how many requests wait to be sent again. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Counts a request as failed, unless it may be sent again. */
  fail(failed: FailedRequest, errorClass: ErrorClass, nowMs: number, reason: string): void {
    const { request, dueMs } = failed;
    const attempt = failed.attempt + 1;
    if (attempt <= this.#limit && RETRIED_CLASSES.has(errorClass)) {
      this.#waiting.push({ request, dueMs, attempt, errorClass, reason });
      this.#recorder.recordRetry(dueMs);
    } else this.#fail(request, dueMs, errorClass, nowMs, reason);
  }

  /** Keeps a request that was never sent for the next connection; it takes nothing from its attempts. */
  keep({ request, dueMs, attempt }: FailedRequest): void {
    this.#waiting.push({
      request,
      dueMs,
      attempt,
      errorClass: 'closedBeforeReply',
      reason: 'no connection came to send it on',
    });
  }

  /** Hands each request that waits to `send`. */
  resend(send: (retry: FailedRequest) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const retry of waiting) send(retry);
  }

  /** Counts what waits as failed, each with the error that broke its last attempt. */
  abandon(nowMs: number): void {
    for (const { request, dueMs, errorClass, reason } of this.#waiting) {
      this.#fail(request, dueMs, errorClass, nowMs, reason);
    }
    this.#waiting = [];
  }

  #fail(
    request: PreparedRequest,
    dueMs: number,
    errorClass: ErrorClass,
    nowMs: number,
    reason: string,
  ): void {
    this.#recorder.recordFailure(dueMs, errorClass, nowMs, reason);
    request.fate?.failed(dueMs, nowMs);
  }
}
