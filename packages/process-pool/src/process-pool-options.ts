import { requireDurationMs, requireKnownOptions, requireObject } from '@sockpool/option-checks';
import type { FirstWorker } from './first-worker.ts';
import { type AcceptMode, type CloseReport, type PoolOptions } from '@sockpool/pool-core';

/** The options of a {@link ProcessPool}: those of every pool, and what only processes have. */
export interface ProcessPoolOptions<WorkerData = unknown> extends PoolOptions<WorkerData> {
  /**
   * Who accepts. `'worker'`: the workers share the listening socket and compete for
   * connections, which costs no message per connection. `'primary'`: the primary
   * accepts and hands each connection to a worker by the `scheduling` policy.
   * @default 'worker'
   */
  readonly accept?: AcceptMode;
  /**
   * The environment of the workers, whole: `{ ...process.env, NAME: 'value' }` adds to this one.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Node options of the workers, such as `['--max-old-space-size=512']`.
   * @default process.execArgv
   */
  readonly execArgv?: readonly string[];
  /**
   * The working directory of the workers.
   * @default process.cwd()
   */
  readonly cwd?: string;
  /**
   * A process that `forkFirstWorker()` of `@sockpool/process-pool/first-worker` has forked already,
   * which becomes the pool's first worker if it was forked with what the pool forks its workers with.
   * @default none
   */
  readonly firstWorker?: FirstWorker;
}

/** How a pool hands its listening socket to a new primary. */
export interface UpgradeOptions {
  /**
   * Time for the new program to listen, in milliseconds.
   * @default 60_000
   */
  readonly timeoutMs?: number;
  /**
   * Time for open connections of this pool to finish afterwards, in milliseconds.
   * @default shutdown.graceMs
   */
  readonly graceMs?: number;
}

const UPGRADE_DEFAULTS = Object.freeze({
  timeoutMs: 60_000,
  graceMs: undefined,
} satisfies Record<keyof UpgradeOptions, unknown>);

/**
 * Checks how a pool is to be upgraded, and fills in the defaults.
 *
 * @param options what the caller gave
 * @returns `graceMs` is undefined for the pool's own
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveUpgradeOptions(options: UpgradeOptions): {
  readonly timeoutMs: number;
  readonly graceMs: number | undefined;
} {
  requireObject('Upgrade options', options, '{ timeoutMs: 30_000 }');
  requireKnownOptions(options, UPGRADE_DEFAULTS, { of: 'upgrade()' });
  const { graceMs } = options;
  return {
    timeoutMs: requireDurationMs('timeoutMs', options.timeoutMs ?? UPGRADE_DEFAULTS.timeoutMs),
    graceMs:
      graceMs === undefined
        ? undefined
        : requireDurationMs('graceMs', graceMs, { orInfinity: true }),
  };
}

/** What became of an upgrade. */
export interface UpgradeReport {
  /** The process id of the new primary. */
  readonly pid: number;
  /** What became of the connections of this pool. */
  readonly report: CloseReport;
}
