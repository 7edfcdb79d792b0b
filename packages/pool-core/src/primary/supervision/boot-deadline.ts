/** When the log names a worker that is not ready, in milliseconds: somebody may be waiting for it. */
export const SLOW_BOOT_MS = 10_000;

/** What happens to a worker that is not ready in time. */
export interface BootDeadlineEvents {
  /** It takes long, and has some time left. */
  slow(): void;
  /** Its time is over. */
  over(): void;
}

/** The time that a worker has to become ready. */
export class BootDeadline {
  readonly #timers: readonly NodeJS.Timeout[];

  /**
   * @param timeoutMs how long it has, in milliseconds
   * @param events what happens when it is late
   */
  constructor(timeoutMs: number, { slow, over }: BootDeadlineEvents) {
    const timers = [setTimeout(over, timeoutMs)];
    if (timeoutMs > SLOW_BOOT_MS) timers.push(setTimeout(slow, SLOW_BOOT_MS));
    this.#timers = timers;
  }

  /** It is ready, or gone. */
  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
