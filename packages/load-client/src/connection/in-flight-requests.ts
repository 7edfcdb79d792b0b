import type { PreparedRequest } from '../messages/workload.ts';

/** Holds the requests of one connection that wait for replies, oldest first, in a ring that never allocates. */
export class InFlightRequests {
  readonly #requests: (PreparedRequest | undefined)[];
  readonly #dueMs: Float64Array;
  readonly #sentMs: Float64Array;
  readonly #attempts: Uint32Array;
  #head = 0;
  #count = 0;

  /** Creates a ring for at most `capacity` requests. */
  constructor(capacity: number) {
    this.#requests = Array.from({ length: capacity }, () => undefined);
    this.#dueMs = new Float64Array(capacity);
    this.#sentMs = new Float64Array(capacity);
    this.#attempts = new Uint32Array(capacity);
  }

  /** Returns how many requests wait. */
  get count(): number {
    return this.#count;
  }

  /** Returns the oldest request, or undefined when none waits. */
  get oldest(): PreparedRequest | undefined {
    return this.#count === 0 ? undefined : this.#requests[this.#head];
  }

  /** Returns when the oldest request should have been sent. */
  get oldestDueMs(): number {
    return this.#dueMs[this.#head] ?? 0;
  }

  /** Returns when the oldest request was sent. */
  get oldestSentMs(): number {
    return this.#sentMs[this.#head] ?? 0;
  }

  /** Returns how often the oldest request had been sent before: 0 for the first attempt. */
  get oldestAttempt(): number {
    return this.#attempts[this.#head] ?? 0;
  }

  /** Adds a request behind the others; the caller keeps within the capacity. */
  push(request: PreparedRequest, dueMs: number, sentMs: number, attempt: number): void {
    let tail = this.#head + this.#count;
    if (tail >= this.#requests.length) tail -= this.#requests.length;
    this.#requests[tail] = request;
    this.#dueMs[tail] = dueMs;
    this.#sentMs[tail] = sentMs;
    this.#attempts[tail] = attempt;
    this.#count += 1;
  }

  /** Removes the oldest request. */
  shift(): void {
    this.#requests[this.#head] = undefined;
    this.#head = this.#head + 1 === this.#requests.length ? 0 : this.#head + 1;
    this.#count -= 1;
  }
}
