/** A point in time that several waits share, so that together they never take longer. */
export class Deadline {
  readonly #endsAtMs: number;

  /** @param ms milliseconds from now; `Infinity` never comes */
  constructor(ms: number) {
    this.#endsAtMs = performance.now() + ms;
  }

  /** Milliseconds left, never negative. */
  remainingMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now());
  }
}

/**
 * Waits for something, but no longer than a time and only until a signal fires.
 *
 * @param done what is waited for; a rejection counts as done
 * @param ms the longest wait in milliseconds; `Infinity` waits forever
 * @param signal ends the wait early
 * @returns whether it was done in time
 */
export async function doneWithin(
  done: Promise<unknown>,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const giveUp = (): void => resolve(false);
  const timer = Number.isFinite(ms) ? setTimeout(giveUp, ms) : undefined;
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    return await Promise.race([
      done.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
