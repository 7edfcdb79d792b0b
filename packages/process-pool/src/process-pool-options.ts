import type { AcceptMode, CloseReport, PoolOptions } from '@sockpool/worker-supervisor';

/** The options of a {@link ProcessPool}: those of every pool, and what only processes have. */
export interface ProcessPoolOptions extends PoolOptions {
  /**
   * Who accepts. `'worker'`: the workers share the listening socket and compete for
   * connections, which costs no message per connection. `'primary'`: the primary
   * accepts and hands each connection to a worker by the `scheduling` policy.
   * @default 'worker'
   */
  readonly accept?: AcceptMode;
  /**
   * The environment of the workers.
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

/** What became of an upgrade. */
export interface UpgradeReport {
  /** The process id of the new primary. */
  readonly pid: number;
  /** What became of the connections of this pool. */
  readonly report: CloseReport;
}
