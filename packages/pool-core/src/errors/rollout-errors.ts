import { PoolError } from './errors.ts';

/** A worker died that was to take a slot, or had just taken it, in a rollout. */
export class WorkerCrashError extends PoolError {
  override readonly name = 'WorkerCrashError';
  readonly code = 'ERR_WORKER_CRASH';
  /** The worker's slot in the pool. */
  readonly workerId: number;

  /**
   * @param workerId the worker
   * @param how how and when it died, such as `with exit code 1 while it was probed`
   * @param cause its last uncaught error, where that is known; its file and line show in `stack`
   */
  constructor(workerId: number, how: string, cause: Error | undefined) {
    super(
      `Worker ${workerId} died ${how}${cause === undefined ? '' : `: ${cause.message}`}`,
      cause && { cause },
    );
    this.workerId = workerId;
    const framesAt = cause?.stack?.search(/^ {4}at /m) ?? -1;
    if (framesAt >= 0) {
      this.stack = `${this.name}: ${this.message}\n${cause?.stack?.slice(framesAt)}`;
    }
  }
}

/** The `probe` of a rollout threw, rejected, or was not done in time; the cause is what it threw. */
export class WorkerProbeError extends PoolError {
  override readonly name = 'WorkerProbeError';
  readonly code = 'ERR_WORKER_PROBE';
  /** The worker that was probed. */
  readonly workerId: number;

  constructor(workerId: number, reason: string, options?: ErrorOptions) {
    super(`The probe of worker ${workerId} failed: ${reason}`, options);
    this.workerId = workerId;
  }
}

/** The pool has no worker of that id. */
export class UnknownWorkerError extends PoolError {
  override readonly name = 'UnknownWorkerError';
  readonly code = 'ERR_UNKNOWN_WORKER';

  constructor(workerId: number, workers: number) {
    super(
      `Cannot retire worker ${workerId}: the pool has ${workers === 1 ? 'worker 0' : `workers 0 to ${workers - 1}`}`,
    );
  }
}

/** The successor of a worker did not serve; the worker serves on. */
export class RetireFailedError extends PoolError {
  override readonly name = 'RetireFailedError';
  readonly code = 'ERR_RETIRE_FAILED';

  /**
   * @param workerId the worker that was to be replaced
   * @param cause why its successor does not serve
   */
  constructor(workerId: number, cause: Error) {
    super(`Cannot retire worker ${workerId}, which serves on as before: ${cause.message}`, {
      cause,
    });
  }
}
