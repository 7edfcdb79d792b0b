import { describeValue } from '@sockpool/option-checks';

/** Promises that a worker waits for before it exits. */
export class PendingWork {
  readonly #onError: (error: unknown) => void;
  readonly #onDone: () => void;
  #count = 0;

  /**
   * @param onError called with what one rejects with, unless that one has its own
   * @param onDone called when one has settled
   */
  constructor(onError: (error: unknown) => void, onDone: () => void) {
    this.#onError = onError;
    this.#onDone = onDone;
  }

  /** How many have not settled. */
  get count(): number {
    return this.#count;
  }

  /**
   * Waits for a promise.
   *
   * @param work the promise
   * @param onError called instead of the common one with what it rejects with
   * @throws {TypeError} when it is none
   */
  add(work: PromiseLike<unknown>, onError: (error: unknown) => void = this.#onError): void {
    if (typeof work?.then !== 'function') {
      throw new TypeError(
        `Cannot wait until work is done: it must be a promise, got ${describeValue(work)}`,
      );
    }
    this.#count += 1;
    work.then(this.#settled, (error: unknown) => {
      onError(error);
      this.#settled();
    });
  }

  readonly #settled = (): void => {
    this.#count -= 1;
    this.#onDone();
  };
}
