import { requireBoolean, requireInteger } from '@sockpool/option-checks';

/** How the primary watches over its workers. */
export interface HealthOptions {
  /**
   * A ready worker whose event loop has not turned for this long is stuck, such as in an
   * infinite loop or stopped by SIGSTOP: the pool emits `workerStuck`, kills it and replaces
   * it. One that computes but turns in between is left alone. Time in which the
   * primary itself stood still does not count. In milliseconds, 1,000 or more; `Infinity`
   * never replaces a worker.
   * @default 60_000
   */
  readonly stuckTimeoutMs?: number;
  /**
   * Whether to take the stack of a stuck worker before it is killed, which takes some 50 ms,
   * and 3 s at most, as where the worker hangs in native code and has none to show. For
   * this each worker process has a second thread, of about 8 MiB; threads need nothing.
   * @default true
   */
  readonly stack?: boolean;
  /**
   * The pool is not ready (`health()`, `serveHealth()`) when the event loop of every worker has
   * not turned for this long: a new client would wait for longer than that. In milliseconds,
   * 1,000 or more; `Infinity` counts busy workers as able to serve until they are stuck.
   * @default 5_000
   */
  readonly unreadyAfterMs?: number;
}

/** The defaults of {@link HealthOptions}. */
export const HEALTH_DEFAULTS: Readonly<Required<HealthOptions>> = Object.freeze({
  stuckTimeoutMs: 60_000,
  stack: true,
  unreadyAfterMs: 5_000,
});

/**
 * Checks how workers are to be watched over.
 *
 * @param options every option
 * @throws {TypeError | RangeError} when one is out of bounds
 */
export function resolveHealthOptions(options: Required<HealthOptions>): Required<HealthOptions> {
  return Object.freeze({
    // Four heartbeats at least, and no longer than a timer can wait.
    stuckTimeoutMs: requireInteger('health.stuckTimeoutMs', options.stuckTimeoutMs, {
      min: 1_000,
      max: 2 ** 31 - 1,
      orInfinity: true,
    }),
    stack: requireBoolean('health.stack', options.stack),
    unreadyAfterMs: requireInteger('health.unreadyAfterMs', options.unreadyAfterMs, {
      min: 1_000,
      max: 2 ** 31 - 1,
      orInfinity: true,
    }),
  });
}
