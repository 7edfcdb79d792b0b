/** How an open load thread waits for the next due time. */
export type Pacing = 'precise' | 'timer';

/** Every {@link Pacing}. */
export const PACINGS: readonly Pacing[] = Object.freeze(['precise', 'timer']);

/** Below this wait a timer would be late by as much as it waits, in milliseconds. */
const SPIN_BELOW_MS = 2;

/**
 * Wakes an open load thread at its due times.
 *
 * Node's timers fire up to a millisecond and more late. With `precise` the last two milliseconds
 * are waited for in turns of the event loop, which stays open for replies meanwhile, at the price of
 * a busy core; with `timer` only timers are used.
 */
export class Pacer {
  readonly #pacing: Pacing;
  readonly #wake: (nowMs: number) => void;
  readonly #onSpun: (spunMs: number) => void;
  readonly #activity: () => number;
  #dueMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #spinningSinceMs = 0;
  #activityBefore = 0;

  /**
   * Creates a pacer that calls `wake` when the time has come. `activity` returns a number that
   * changes with every read and write; turns without any are reported to `onSpun` as idle waiting.
   */
  constructor(
    pacing: Pacing,
    wake: (nowMs: number) => void,
    activity: () => number,
    onSpun: (spunMs: number) => void,
  ) {
    this.#pacing = pacing;
    this.#wake = wake;
    this.#activity = activity;
    this.#onSpun = onSpun;
  }

  /** Sets the time of the next wake, which replaces the one before; Infinity for none. */
  wakeAt(dueMs: number, nowMs: number): void {
    if (dueMs === this.#dueMs && (this.#timer !== undefined || this.#immediate !== undefined))
      return;
    this.#dueMs = dueMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) {
      clearImmediate(this.#immediate);
      this.#immediate = undefined;
      return;
    }
    if (this.#immediate !== undefined) return;
    this.#wait(nowMs);
  }

  /** Wakes nobody any more. */
  stop(): void {
    this.wakeAt(Number.POSITIVE_INFINITY, 0);
  }

  #wait(nowMs: number): void {
    const waitMs = this.#dueMs - nowMs;
    if (this.#pacing === 'timer' || waitMs > SPIN_BELOW_MS) {
      const delayMs = this.#pacing === 'timer' ? Math.max(1, waitMs) : Math.floor(waitMs - 1);
      this.#timer = setTimeout(
        () => {
          this.#timer = undefined;
          this.#check();
        },
        Math.min(delayMs, 2_147_483_647),
      );
      return;
    }
    this.#spinningSinceMs = nowMs;
    this.#activityBefore = this.#activity();
    this.#immediate = setImmediate(() => this.#spin());
  }

  #spin(): void {
    this.#immediate = undefined;
    const nowMs = performance.now();
    const activity = this.#activity();
    if (activity === this.#activityBefore) this.#onSpun(nowMs - this.#spinningSinceMs);
    this.#check();
  }

  #check(): void {
    const nowMs = performance.now();
    if (nowMs < this.#dueMs) {
      this.#wait(nowMs);
      return;
    }
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#wake(nowMs);
  }
}
