import { requireDurationMs } from '@sockpool/option-checks';

/** How long each step of a shutdown may take before the next, harsher one. */
export interface StopLimits {
  /**
   * Time for open connections to finish, in milliseconds. `Infinity` waits forever.
   * @default 10_000
   */
  readonly graceMs?: number;
  /**
   * Time for a worker to cut its connections and exit when told to, in milliseconds.
   * @default 2_000
   */
  readonly terminateMs?: number;
  /**
   * Time to wait for a worker that was killed, in milliseconds.
   * @default 2_000
   */
  readonly killMs?: number;
}

/** The step at which a worker ended; `abandoned` if even killing it did not help in time. */
export type StopStep = 'drained' | 'terminated' | 'killed' | 'abandoned';

/** How a pool shuts down, and how long each step may take before the next, harsher one. */
export interface ShutdownOptions extends StopLimits {
  /**
   * Time for load balancers to notice that the pool goes away, in milliseconds: from the
   * call of `close()` it counts as not ready (`health()`, `serveHealth()`), and goes on to
   * accept and to serve for so long. Only then does it stop accepting, and the grace period
   * begins. Skipped by `destroy()`, by a `graceMs` of 0, and by `upgrade()`, whose new
   * primary accepts already.
   * @default 0
   */
  readonly readinessDelayMs?: number;
}

/** The defaults of {@link ShutdownOptions}. */
export const SHUTDOWN_DEFAULTS: Readonly<Required<ShutdownOptions>> = Object.freeze({
  readinessDelayMs: 0,
  graceMs: 10_000,
  terminateMs: 2_000,
  killMs: 2_000,
});

/**
 * Checks the deadlines of a shutdown.
 *
 * @param shutdown every deadline, in milliseconds
 * @throws {TypeError | RangeError} when one is not a duration
 */
export function resolveShutdownOptions(
  shutdown: Required<ShutdownOptions>,
): Required<ShutdownOptions> {
  return Object.freeze({
    readinessDelayMs: requireDurationMs('shutdown.readinessDelayMs', shutdown.readinessDelayMs),
    graceMs: requireDurationMs('shutdown.graceMs', shutdown.graceMs, { orInfinity: true }),
    terminateMs: requireDurationMs('shutdown.terminateMs', shutdown.terminateMs),
    killMs: requireDurationMs('shutdown.killMs', shutdown.killMs),
  });
}
