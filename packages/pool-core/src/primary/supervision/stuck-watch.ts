import type { ManagedWorker } from './managed-worker.ts';

/** The longest time between two looks at the workers, in milliseconds. */
const MAX_CHECK_INTERVAL_MS = 1_000;

/** What the watch uses of a worker. */
export type WatchableWorker = Pick<ManagedWorker, 'state' | 'heartbeatAgeMs' | 'debugged'>;

/**
 * Notices ready workers whose event loop does not turn any more.
 *
 * When the primary itself stood still, because its loop was blocked or the machine was
 * suspended, the heartbeats of that time have not been seen yet: then every worker's time
 * begins anew.
 */
export class StuckWatch<Worker extends WatchableWorker> {
  readonly #stuckTimeoutMs: number;
  readonly #workers: () => readonly Worker[];
  readonly #onStuck: (worker: Worker, blockedMs: number) => void;
  readonly #now: () => number;
  readonly #intervalMs: number;
  readonly #told = new WeakSet<Worker>();
  #timer: NodeJS.Timeout | undefined;
  #watchedSinceMs: number;
  #lastCheckMs: number;

  /**
   * @param stuckTimeoutMs how long a loop may stand still; `Infinity` watches nothing
   * @param workers the workers that are there
   * @param onStuck called once for each stuck worker
   * @param now a monotonic clock, in milliseconds
   */
  constructor(
    stuckTimeoutMs: number,
    workers: () => readonly Worker[],
    onStuck: (worker: Worker, blockedMs: number) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#stuckTimeoutMs = stuckTimeoutMs;
    this.#workers = workers;
    this.#onStuck = onStuck;
    this.#now = now;
    this.#intervalMs = Math.min(MAX_CHECK_INTERVAL_MS, stuckTimeoutMs / 4);
    this.#watchedSinceMs = now();
    this.#lastCheckMs = this.#watchedSinceMs;
  }

  /** Begins to look at the workers, a few times in each timeout. */
  start(): void {
    if (this.#stuckTimeoutMs === Infinity) return;
    this.#watchedSinceMs = this.#now();
    this.#lastCheckMs = this.#watchedSinceMs;
    this.#timer = setInterval(() => this.check(), this.#intervalMs).unref();
  }

  /** Stops looking. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** How long a worker's loop has not turned, in milliseconds, as far as the primary was there to see it. */
  blockedMs(worker: Worker): number {
    if (worker.debugged) return 0;
    const now = this.#now();
    const lateMs = this.#timer === undefined ? 0 : now - this.#lastCheckMs;
    const watchedSinceMs = lateMs > 2 * this.#intervalMs ? now : this.#watchedSinceMs;
    return Math.min(worker.heartbeatAgeMs, now - watchedSinceMs);
  }

  /** Whether a worker has been found stuck, now or before. */
  isStuck(worker: Worker): boolean {
    return this.#told.has(worker) || this.blockedMs(worker) >= this.#stuckTimeoutMs;
  }

  /** Looks at every worker once. */
  check(): void {
    const now = this.#now();
    if (now - this.#lastCheckMs > 2 * this.#intervalMs) this.#watchedSinceMs = now;
    this.#lastCheckMs = now;
    for (const worker of this.#workers()) {
      const blockedMs = this.blockedMs(worker);
      if (worker.state !== 'ready' || blockedMs < this.#stuckTimeoutMs) continue;
      if (this.#told.has(worker)) continue;
      this.#told.add(worker);
      this.#onStuck(worker, blockedMs);
    }
  }
}
