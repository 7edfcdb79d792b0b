import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import type { PoolOptions } from '@sockpool/worker-supervisor';

/** The options of a {@link ThreadPool}: those of every pool, and what only threads have. */
export interface ThreadPoolOptions extends PoolOptions {
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
   * Node options of the threads.
   * @default process.execArgv
   */
  readonly execArgv?: readonly string[];
  /**
   * Names each thread, for debuggers and operating-system tools.
   * @default (workerId) => `sockpool-${workerId}`
   */
  readonly workerName?: (workerId: number) => string;
}
