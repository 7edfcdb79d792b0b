import { monotonicNowMs } from '../../protocol/monotonic-clock.ts';

/**
 * Notices when no connection has come for a while.
 *
 * The time of the last connection is only asked for when the time may be up, so that
 * a busy pool pays nothing for it.
 */
export class AcceptIdleWatch {
  readonly #timeoutMs: number;
  readonly #lastConnectionAtMs: () => Promise<number>;
  readonly #onIdle: () => void;
  readonly #startedAtMs = monotonicNowMs();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * Begins to watch.
   *
   * @param timeoutMs how long without a connection counts as idle, in milliseconds
   * @param lastConnectionAtMs tells when the last connection came, in milliseconds by `monotonicNowMs()`
   * @param onIdle called once
   */
  constructor(timeoutMs: number, lastConnectionAtMs: () => Promise<number>, onIdle: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#lastConnectionAtMs = lastConnectionAtMs;
    this.#onIdle = onIdle;
    this.#wait(timeoutMs);
  }

  /** Stops watching. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.#check(), ms);
  }

  async #check(): Promise<void> {
    const last = Math.max(this.#startedAtMs, await this.#lastConnectionAtMs());
    if (this.#stopped) return;
    const leftMs = last + this.#timeoutMs - monotonicNowMs();
    if (leftMs > 0) this.#wait(leftMs);
    else this.#onIdle();
  }
}
