import { describeValue, requireBoolean, withDefaults } from '@sockpool/option-checks';

/** What a pool measures, see {@link PoolOptions.metrics}. */
export interface MetricsOptions {
  /**
   * Whether HTTP requests are counted and timed, by what Node tells on its diagnostics channels.
   * @default true
   */
  readonly http?: boolean;
}

/** {@link MetricsOptions} checked and with every default filled in. */
export type ResolvedMetricsOptions = Required<MetricsOptions>;

const METRICS_DEFAULTS: ResolvedMetricsOptions = Object.freeze({ http: true });

/**
 * Checks what a pool is to measure and fills in the defaults.
 *
 * @param options what the caller gave
 * @returns undefined where workers are to measure nothing
 * @throws {TypeError} when it is neither a boolean nor an object, or an option of it is wrong
 */
export function resolveMetricsOptions(
  options: boolean | MetricsOptions | undefined,
): ResolvedMetricsOptions | undefined {
  if (options === undefined || options === false) return undefined;
  if (options !== true && (typeof options !== 'object' || options === null)) {
    throw new TypeError(
      `Option metrics must be true, false or an object, got ${describeValue(options)}`,
    );
  }
  const given = withDefaults('metrics', options === true ? {} : options, METRICS_DEFAULTS);
  return Object.freeze({ http: requireBoolean('metrics.http', given.http) });
}
