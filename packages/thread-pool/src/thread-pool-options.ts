import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import type { AcceptMode, PoolOptions } from '@sockpool/pool-core';

/** The options of a {@link ThreadPool}: those of every pool, and what only threads have. */
export interface ThreadPoolOptions<WorkerData = unknown> extends PoolOptions<WorkerData> {
  /**
   * Who accepts. `'primary'`: the main thread accepts and moves each connection to a
   * worker by the `scheduling` policy. `'worker'`: the workers share the listening socket
   * and compete for connections, which takes nothing per connection, but a helper process
   * for some 50 ms whenever workers start. Refused on Windows.
   * @default 'primary'
   */
  readonly accept?: AcceptMode;
  /**
   * Limits of each thread's JavaScript engine, in megabytes, as for `new Worker()`.
   * A thread that exceeds its heap limit ends and is replaced.
   * @default Node's own
   */
  readonly resourceLimits?: ResourceLimits;
  /**
   * The environment of the threads; `SHARE_ENV` shares the primary's.
   * @default a copy of process.env
   */
  readonly env?: WorkerOptions['env'];
  /**
   * Node options of the threads, such as `['--conditions=development']`. Those of the whole
   * process are refused; the heap of a thread is limited by `resourceLimits`.
   * @default process.execArgv
   */
  readonly execArgv?: readonly string[];
  /**
   * Names each thread, for debuggers and operating-system tools.
   * @default (workerId) => `sockpool-${workerId}`
   */
  readonly workerName?: (workerId: number) => string;
}
