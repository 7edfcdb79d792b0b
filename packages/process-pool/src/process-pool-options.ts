import type { AcceptMode, PoolOptions } from '@sockpool/worker-supervisor';

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
