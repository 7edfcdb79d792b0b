import {
  requireDurationMs,
  requireInteger,
  requireNumber,
  withDefaults,
} from '@sockpool/option-checks';

/** When a worker is replaced although nothing is wrong with it; every limit is off by default. */
export interface RecycleOptions {
  /**
   * Connections that a worker serves in its life.
   * @default Infinity
   */
  readonly maxConnections?: number;
  /**
   * Age of a worker, in milliseconds.
   * @default Infinity
   */
  readonly maxAgeMs?: number;
  /**
   * Resident memory of a worker process, in bytes. Threads share one process, so that
   * `ThreadPool` refuses it; there is `maxHeapBytes`.
   * @default Infinity
   */
  readonly maxRssBytes?: number;
  /**
   * JavaScript heap of a worker in use, in bytes.
   * @default Infinity
   */
  readonly maxHeapBytes?: number;
  /**
   * By what share each limit is lowered at most, drawn for each worker, so that workers
   * that started together are not replaced together. From 0 to 1.
   * @default 0.1
   */
  readonly jitter?: number;
}

/** The limits of {@link RecycleOptions}. */
export type RecycleLimit = Exclude<keyof RecycleOptions, 'jitter'>;

/** Why a worker is recycled. */
export interface RecycleReason {
  /** `request` when the worker has asked for it, see `WorkerContext.requestReplacement()`. */
  readonly limit: RecycleLimit | 'request';
  /** Where the worker stands; 1 of a request. */
  readonly value: number;
  /** The limit of this worker, jitter included. */
  readonly threshold: number;
  /** Why the worker has asked for it. */
  readonly request?: string;
}

/** The defaults of all recycle options. */
export const RECYCLE_DEFAULTS: Required<RecycleOptions> = Object.freeze({
  maxConnections: Infinity,
  maxAgeMs: Infinity,
  maxRssBytes: Infinity,
  maxHeapBytes: Infinity,
  jitter: 0.1,
});

/**
 * Checks recycle options and fills in the defaults.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when an option is wrong
 */
export function resolveRecycleOptions(
  options: RecycleOptions | undefined,
): Required<RecycleOptions> {
  const given = withDefaults('recycle', options, RECYCLE_DEFAULTS);
  const count = (name: RecycleLimit): number =>
    requireInteger(`recycle.${name}`, given[name], { min: 1, orInfinity: true });
  return Object.freeze({
    maxConnections: count('maxConnections'),
    maxAgeMs: requireDurationMs('recycle.maxAgeMs', given.maxAgeMs, { orInfinity: true }),
    maxRssBytes: count('maxRssBytes'),
    maxHeapBytes: count('maxHeapBytes'),
    jitter: requireNumber('recycle.jitter', given.jitter, { min: 0, max: 1 }),
  });
}
