import {
  addErrorCounts,
  createErrorCounts,
  type ErrorClass,
  type ErrorCounts,
} from './error-class.ts';
import { type ErrorReasonCounts, ErrorReasons } from './error-reasons.ts';
import { LatencyCounts, type CountsSnapshot } from './latency-counts.ts';

/** What happened within one second of the measured time, on one load thread. */
export interface IntervalSnapshot {
  /** Which second it is, counted from the end of the warm-up: 0 is the first. */
  readonly second: number;
  /** Requests written in this second. */
  readonly sent: number;
  /** Right replies that came in this second. */
  readonly replies: number;
  /** Errors of this second by class. */
  readonly errors: ErrorCounts;
  /** Why they happened, class by class. */
  readonly errorReasons: ErrorReasonCounts;
  /** Bytes written in this second. */
  readonly sentBytes: number;
  /** Bytes read in this second. */
  readonly receivedBytes: number;
  /** How many replies of this second had each status, as pairs. */
  readonly statuses: readonly (readonly [status: number, count: number])[];
  /** Connections opened in this second. */
  readonly opened: number;
  /** Connections that are open at its end. */
  readonly connections: number;
  /** The reply latencies of this second. */
  readonly latency: CountsSnapshot;
}

/** An example of a reply that was not the expected one. */
export interface ReplyDifference {
  /** Which of the three kinds of wrong reply it was. */
  readonly errorClass: 'wrongReply' | 'surplusBytes' | 'malformedReply';
  /** The request's message, or an empty text for surplus bytes; long ones are cut. */
  readonly request: string;
  /** The expected reply, or null when the framing module judges replies itself; long ones are cut. */
  readonly expected: string | null;
  /** What came instead; long ones are cut. */
  readonly actual: string;
  /** Why it was not accepted. */
  readonly reason: string;
}

/** How many examples of each kind of wrong reply a load thread keeps: of each class and reason. */
const EXAMPLES_PER_KIND = 3;

/** A status has three digits. */
const STATUSES = 1000;
const NO_STATUSES = new Float64Array(STATUSES);

/** How many kinds of wrong reply have examples. */
const MAX_KINDS = 20;

/**
 * Counts what happens on one load thread, second by second.
 *
 * Times are milliseconds of `performance.now()` in this thread. What starts before the measured
 * time begins (the warm-up) is counted apart and enters no histogram.
 */
export class Recorder {
  #measureFromMs = Number.POSITIVE_INFINITY;
  readonly #onInterval: (interval: IntervalSnapshot) => void;
  readonly #latency = new LatencyCounts();
  readonly firstByte: LatencyCounts = new LatencyCounts();
  readonly connectTime: LatencyCounts = new LatencyCounts();
  readonly serviceTime: LatencyCounts = new LatencyCounts();
  readonly sendDelay: LatencyCounts = new LatencyCounts();
  readonly errors: ErrorCounts = createErrorCounts();
  readonly warmupErrors: ErrorCounts = createErrorCounts();
  /** The reasons of all seconds that are over. */
  readonly reasons: ErrorReasons = new ErrorReasons();
  /** How many replies had each status, by status. */
  readonly #statuses = new Float64Array(STATUSES);
  readonly #differences = new Map<string, ReplyDifference[]>();

  sent = 0;
  replies = 0;
  failed = 0;
  unanswered = 0;
  opened = 0;
  closedWhileIdle = 0;
  closedAsAnnounced = 0;
  fullHandshakes = 0;
  resumedHandshakes = 0;
  sentBytes = 0;
  receivedBytes = 0;
  warmupRequests = 0;
  retried = 0;
  /** Changes with every read and write. */
  activity = 0;
  lastEventMs = 0;
  /** Right replies that came while the load was on, before its end was set or by then. */
  repliesInLoad = 0;
  #loadEndsMs = Number.POSITIVE_INFINITY;

  #second = 0;
  #secondEndsMs = Number.POSITIVE_INFINITY;
  #secondErrors: ErrorCounts = createErrorCounts();
  #secondReasons = new ErrorReasons();
  readonly #statusesBefore = new Float64Array(STATUSES);
  #sentBefore = 0;
  #repliesBefore = 0;
  #sentBytesBefore = 0;
  #receivedBytesBefore = 0;
  #openedBefore = 0;
  #open = 0;

  /** Creates a recorder that hands each full second to `onInterval`; it measures nothing before {@link Recorder.begin}. */
  constructor(onInterval: (interval: IntervalSnapshot) => void) {
    this.#onInterval = onInterval;
  }

  /** Sets when the measured time begins; call it once, before the first request. */
  begin(measureFromMs: number): void {
    this.#measureFromMs = measureFromMs;
    this.#secondEndsMs = measureFromMs + 1000;
    this.lastEventMs = measureFromMs;
  }

  /**
   * Sets until when the load is on: the rate of replies is that of this time, whatever a last reply
   * takes. Only the earliest end counts.
   */
  endLoad(timeMs: number): void {
    if (timeMs < this.#loadEndsMs) this.#loadEndsMs = timeMs;
  }

  /** Returns the end of the load, or Infinity when nobody set it. */
  get loadEndsMs(): number {
    return this.#loadEndsMs;
  }

  /** Returns whether what starts at that time is within the measured time. */
  measures(startedMs: number): boolean {
    return startedMs >= this.#measureFromMs;
  }

  /** Counts one written request. */
  recordSent(startedMs: number, bytes: number, nowMs: number): void {
    this.activity += 1;
    if (nowMs >= this.#secondEndsMs) this.roll(nowMs);
    if (startedMs < this.#measureFromMs) {
      this.warmupRequests += 1;
      return;
    }
    this.sent += 1;
    this.sentBytes += bytes;
  }

  /** Counts the time that one connection took to open. */
  recordConnect(startedMs: number, nowMs: number): void {
    this.opened += 1;
    this.#open += 1;
    this.connectTime.recordMs(nowMs - startedMs);
  }

  /** Counts a connection that was open and is closed now, whoever ended it. */
  recordClosed(): void {
    this.#open -= 1;
  }

  /** Counts a TLS handshake, full or by resuming an earlier session. */
  recordHandshake(resumed: boolean): void {
    if (resumed) this.resumedHandshakes += 1;
    else this.fullHandshakes += 1;
  }

  /** Counts a connection that the peer closed while nothing was in flight. */
  recordIdleClose(): void {
    this.closedWhileIdle += 1;
  }

  /** Counts a connection that the peer ended behind a reply that had announced it. */
  recordAnnouncedClose(): void {
    this.closedAsAnnounced += 1;
  }

  /** Counts bytes as they arrive. */
  recordReceived(bytes: number, nowMs: number): void {
    this.activity += 1;
    if (nowMs >= this.#secondEndsMs) this.roll(nowMs);
    if (nowMs >= this.#measureFromMs) this.receivedBytes += bytes;
  }

  /** Counts the time from the actual sending of a request to its reply. */
  recordServiceTime(startedMs: number, sentMs: number, nowMs: number): void {
    if (startedMs >= this.#measureFromMs) this.serviceTime.recordMs(nowMs - sentMs);
  }

  /** Counts one request that was still in flight when the run ended. */
  recordUnanswered(startedMs: number): void {
    if (startedMs >= this.#measureFromMs) this.unanswered += 1;
  }

  /** Counts one right reply to a request that was due at `startedMs`. */
  recordReply(startedMs: number, firstByteMs: number, nowMs: number): void {
    if (nowMs >= this.#secondEndsMs) this.roll(nowMs);
    if (startedMs < this.#measureFromMs) return;
    this.replies += 1;
    if (nowMs <= this.#loadEndsMs) this.repliesInLoad += 1;
    this.#latency.recordMs(nowMs - startedMs);
    this.firstByte.recordMs(firstByteMs - startedMs);
    this.lastEventMs = nowMs;
  }

  /** Counts the status of a reply, right or wrong. */
  recordStatus(startedMs: number, status: number): void {
    if (startedMs < this.#measureFromMs) return;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  /** Returns how many replies had each status, as pairs, in protocols that have one. */
  get statuses(): (readonly [status: number, count: number])[] {
    return this.#statusesSince(NO_STATUSES);
  }

  #statusesSince(before: Float64Array): (readonly [status: number, count: number])[] {
    const pairs: (readonly [number, number])[] = [];
    for (const [status, count] of this.#statuses.entries()) {
      const more = count - (before[status] ?? 0);
      if (more > 0) pairs.push([status, more]);
    }
    return pairs;
  }

  /** Counts one request that failed, in its class and with what the system, or the check, says. */
  recordFailure(startedMs: number, errorClass: ErrorClass, nowMs: number, reason: string): void {
    if (nowMs >= this.#secondEndsMs) this.roll(nowMs);
    if (startedMs < this.#measureFromMs) {
      this.warmupErrors[errorClass] += 1;
      return;
    }
    this.failed += 1;
    this.errors[errorClass] += 1;
    this.#secondReasons.count(errorClass, reason);
    this.#secondErrors[errorClass] += 1;
    this.lastEventMs = nowMs;
  }

  /** Counts one error that no request suffered, such as a refused connection, during the warm-up too. */
  recordConnectionError(errorClass: ErrorClass, nowMs: number, reason: string): void {
    if (nowMs >= this.#secondEndsMs) this.roll(nowMs);
    this.errors[errorClass] += 1;
    this.#secondReasons.count(errorClass, reason);
    this.#secondErrors[errorClass] += 1;
    if (nowMs > this.lastEventMs) this.lastEventMs = nowMs;
  }

  /** Counts a failed attempt after which the request is going to be sent again. */
  recordRetry(startedMs: number): void {
    if (startedMs >= this.#measureFromMs) this.retried += 1;
  }

  /** Counts by how much the client itself was late with a request, beyond the wait for a free connection. */
  recordSendDelay(dueMs: number, delayMs: number): void {
    if (dueMs >= this.#measureFromMs) this.sendDelay.recordMs(delayMs);
  }

  /** Keeps an example of a wrong reply, up to three of each class and reason. */
  recordDifference(difference: ReplyDifference): void {
    const kind = `${difference.errorClass} ${difference.reason}`;
    const examples = this.#differences.get(kind);
    if (examples === undefined) {
      if (this.#differences.size < MAX_KINDS) this.#differences.set(kind, [difference]);
    } else if (examples.length < EXAMPLES_PER_KIND) examples.push(difference);
  }

  /** Returns the examples of wrong replies: the first of each kind, then the others. */
  get differences(): readonly ReplyDifference[] {
    const kinds = [...this.#differences.values()];
    return [...kinds.flatMap(([first]) => first ?? []), ...kinds.flatMap((kind) => kind.slice(1))];
  }

  /** Hands over every second that is over at `nowMs`, empty ones included. */
  roll(nowMs: number): void {
    while (nowMs >= this.#secondEndsMs) this.#closeSecond();
  }

  /** Hands over what is left; call it once, at the end. */
  finish(nowMs: number): void {
    this.roll(nowMs);
    if (this.#secondEndsMs === Number.POSITIVE_INFINITY) this.begin(nowMs);
    this.#closeSecond();
  }

  #closeSecond(): void {
    const errors = createErrorCounts();
    addErrorCounts(errors, this.#secondErrors);
    const errorReasons = this.#secondReasons.snapshot();
    this.reasons.add(errorReasons);
    this.#onInterval({
      second: this.#second,
      sent: this.sent - this.#sentBefore,
      replies: this.replies - this.#repliesBefore,
      errors,
      errorReasons,
      sentBytes: this.sentBytes - this.#sentBytesBefore,
      receivedBytes: this.receivedBytes - this.#receivedBytesBefore,
      statuses: this.#statusesSince(this.#statusesBefore),
      opened: this.opened - this.#openedBefore,
      connections: this.#open,
      latency: this.#latency.snapshot(),
    });
    this.#latency.reset();
    this.#secondErrors = createErrorCounts();
    this.#secondReasons = new ErrorReasons();
    this.#statusesBefore.set(this.#statuses);
    this.#sentBefore = this.sent;
    this.#repliesBefore = this.replies;
    this.#sentBytesBefore = this.sentBytes;
    this.#receivedBytesBefore = this.receivedBytes;
    this.#openedBefore = this.opened;
    this.#second += 1;
    this.#secondEndsMs += 1000;
  }
}
