import {
  requireBoolean,
  requireDurationMs,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';

/** How a pool closes. */
export interface CloseOptions {
  /**
   * Time for open connections to finish, in milliseconds, in place of `shutdown.graceMs`.
   * `Infinity` waits forever.
   * @default shutdown.graceMs
   */
  readonly graceMs?: number;
  /**
   * Leaves the clients that wait in the kernel's backlog to another process that listens
   * on the same socket. Without such a process they are reset.
   * @default false
   */
  readonly leaveBacklog?: boolean;
}

/** The defaults of {@link CloseOptions}; `graceMs` is the pool's own. */
const CLOSE_DEFAULTS = Object.freeze({
  graceMs: undefined,
  leaveBacklog: false,
} satisfies Record<keyof CloseOptions, unknown>);

/**
 * Checks how a pool is to close, and fills in the defaults.
 *
 * @param options what the caller gave
 * @param shutdown the pool's own deadlines
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveCloseOptions(
  options: CloseOptions,
  shutdown: { readonly graceMs: number },
): Required<CloseOptions> {
  requireObject('Close options', options, '{ graceMs: 30_000 }');
  requireKnownOptions(options, CLOSE_DEFAULTS, { of: 'close()' });
  return {
    graceMs: requireDurationMs('graceMs', options.graceMs ?? shutdown.graceMs, {
      orInfinity: true,
    }),
    leaveBacklog: requireBoolean(
      'leaveBacklog',
      options.leaveBacklog ?? CLOSE_DEFAULTS.leaveBacklog,
    ),
  };
}
