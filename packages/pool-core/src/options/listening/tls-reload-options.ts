import { requireDurationMs, requireKnownOptions, requireObject } from '@sockpool/option-checks';

/** How `reloadTls()` waits for the workers. */
export interface TlsReloadOptions {
  /**
   * Time for every worker to answer, in milliseconds; `Infinity` waits forever.
   * @default 10_000
   */
  readonly timeoutMs?: number;
}

const TLS_RELOAD_DEFAULTS: Readonly<Required<TlsReloadOptions>> = Object.freeze({
  timeoutMs: 10_000,
});

/**
 * Checks how a reload waits, and fills in the defaults.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveTlsReloadOptions(options: TlsReloadOptions): Required<TlsReloadOptions> {
  requireObject('Reload options', options, '{ timeoutMs: 30_000 }');
  requireKnownOptions(options, TLS_RELOAD_DEFAULTS, { of: 'reloadTls()' });
  return {
    timeoutMs: requireDurationMs('timeoutMs', options.timeoutMs ?? TLS_RELOAD_DEFAULTS.timeoutMs, {
      orInfinity: true,
    }),
  };
}
