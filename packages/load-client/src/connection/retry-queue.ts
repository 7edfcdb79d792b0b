import type { ErrorClass } from '../measure/error-class.ts';
import type { InFlightRequests } from './in-flight-requests.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { PreparedRequest } from '../messages/workload.ts';

/** A request that is to be sent again when the connection is open again. */
interface Retry {
  readonly request: PreparedRequest;
  readonly dueMs: number;
  readonly attempt: number;
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
  readonly #inFlight: InFlightRequests;
  readonly #recorder: Recorder;
  readonly #limit: number;
  readonly #waiting: Retry[] = [];

  /** Creates a queue for the requests in flight of one connection, each sent again up to `limit` times. */
  constructor(inFlight: InFlightRequests, recorder: Recorder, limit: number) {
    this.#inFlight = inFlight;
    this.#recorder = recorder;
    this.#limit = limit;
  }

  /** Returns how many requests wait to be sent again. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Takes the oldest request out of flight and counts it as failed, unless it may be sent again. */
  failOldest(errorClass: ErrorClass, nowMs: number, reason: string): void {
    const { oldest: request, oldestDueMs: dueMs, oldestAttempt } = this.#inFlight;
    const attempt = oldestAttempt + 1;
    if (request !== undefined && attempt <= this.#limit && RETRIED_CLASSES.has(errorClass)) {
      this.#waiting.push({ request, dueMs, attempt, errorClass, reason });
      this.#recorder.recordRetry(dueMs);
    } else this.#recorder.recordFailure(dueMs, errorClass, nowMs, reason);
    this.#inFlight.shift();
  }

  /** Does the same for every request in flight. */
  failAll(errorClass: ErrorClass, nowMs: number, reason: string): void {
    while (this.#inFlight.count > 0) this.failOldest(errorClass, nowMs, reason);
  }

  /** Puts what waits in flight again and hands each request to `send`. */
  resend(nowMs: number, send: (request: PreparedRequest) => void): void {
    for (const { request, dueMs, attempt } of this.#waiting) {
      this.#inFlight.push(request, dueMs, nowMs, attempt);
      send(request);
    }
    this.#waiting.length = 0;
  }

  /** Counts what waits as failed, each with the error that broke its last attempt. */
  abandon(nowMs: number): void {
    for (const { dueMs, errorClass, reason } of this.#waiting) {
      this.#recorder.recordFailure(dueMs, errorClass, nowMs, reason);
    }
    this.#waiting.length = 0;
  }
}
