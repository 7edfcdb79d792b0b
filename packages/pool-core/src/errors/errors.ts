/** What every error of a pool that a caller may want to catch has in common. */
export abstract class PoolError extends Error {
  /** A fixed name for this kind of error, for programs to compare. */
  abstract readonly code: string;
}

/** A worker ended, or its handler module failed to load, before it was ready. */
export class WorkerBootError extends PoolError {
  override readonly name = 'WorkerBootError';
  readonly code = 'ERR_WORKER_BOOT';
  /** The worker's slot in the pool. */
  readonly workerId: number;

  constructor(workerId: number, reason: string, options?: ErrorOptions) {
    super(`Cannot start worker ${workerId}: ${reason}`, options);
    this.workerId = workerId;
  }
}

/**
 * A worker was not ready within `bootTimeoutMs`. Its `stack` is what the worker was doing, where
 * its event loop stood still and that could be found out.
 */
export class WorkerBootTimeoutError extends PoolError {
  override readonly name = 'WorkerBootTimeoutError';
  readonly code = 'ERR_WORKER_BOOT_TIMEOUT';
  /** The worker's slot in the pool. */
  readonly workerId: number;

  /**
   * @param workerId the worker
   * @param bootTimeoutMs how long it had
   * @param handlerUrl what it was loading
   * @param workerStack what it was doing, one frame a line; undefined when its event loop turns
   */
  constructor(
    workerId: number,
    bootTimeoutMs: number,
    handlerUrl: string,
    workerStack: string | undefined,
  ) {
    const why =
      workerStack === undefined
        ? `; see what '${handlerUrl}' awaits`
        : ' and still computes; see its stack';
    super(
      `Cannot start worker ${workerId}: it was not ready within ${bootTimeoutMs} ms${why}, ` +
        'or raise bootTimeoutMs if its handler module needs longer to load',
    );
    this.workerId = workerId;
    if (workerStack !== undefined) this.stack = `${this.name}: ${this.message}\n${workerStack}`;
  }
}

/** The workers of every worker slot died again and again; the pool has given up and closed. */
export class CrashLoopError extends PoolError {
  override readonly name = 'CrashLoopError';
  readonly code = 'ERR_CRASH_LOOP';
  /** The worker's slot in the pool. */
  readonly workerId: number;
  /** How many times in a row it died. */
  readonly crashes: number;

  constructor(workerId: number, crashes: number, lastExit: string, options?: ErrorOptions) {
    super(
      `Worker ${workerId} died ${crashes} times in a row (last: ${lastExit}); the pool has closed; ` +
        'fix the cause; respawn.maxConsecutiveCrashes says when a pool gives up',
      options,
    );
    this.workerId = workerId;
    this.crashes = crashes;
  }
}

/**
 * A worker's event loop stood still for `health.stuckTimeoutMs`, and it was killed. Its
 * `stack` is what the worker was doing, where that could be found out.
 */
export class WorkerStuckError extends PoolError {
  override readonly name = 'WorkerStuckError';
  readonly code = 'ERR_WORKER_STUCK';
  /** The worker's slot in the pool. */
  readonly workerId: number;
  /** How long its event loop had not turned, in milliseconds. */
  readonly blockedMs: number;
  /** What the worker was doing, one frame a line; undefined if that could not be found out. */
  readonly workerStack: string | undefined;

  constructor(workerId: number, blockedMs: number, workerStack?: string) {
    super(
      `Worker ${workerId} was stuck: its event loop had not turned for ${Math.round(blockedMs)} ms`,
    );
    this.workerId = workerId;
    this.blockedMs = blockedMs;
    this.workerStack = workerStack;
    if (workerStack !== undefined) this.stack = `${this.name}: ${this.message}\n${workerStack}`;
  }
}

/** The pool has been closed, or is closing, and cannot be used again. */
export class PoolClosedError extends PoolError {
  override readonly name = 'PoolClosedError';
  readonly code = 'ERR_POOL_CLOSED';

  constructor(verb: string) {
    super(`Cannot ${verb}: the pool is closed`);
  }
}

/** The pool does not listen yet, so that there are no workers to change. */
export class PoolNotListeningError extends PoolError {
  override readonly name = 'PoolNotListeningError';
  readonly code = 'ERR_POOL_NOT_LISTENING';

  constructor(verb: string) {
    super(`Cannot ${verb} the pool: it does not listen yet; call listen() first`);
  }
}

/** New workers did not boot; the pool serves on with the workers that it had. */
export class RestartFailedError extends PoolError {
  override readonly name = 'RestartFailedError';
  readonly code = 'ERR_RESTART_FAILED';

  /** @param cause why a new worker did not boot */
  constructor(cause: Error) {
    super(`Cannot restart the pool, which serves on as before: ${cause.message}`, { cause });
  }
}

/** Additional workers did not boot; the pool serves on with the workers that it had. */
export class ResizeFailedError extends PoolError {
  override readonly name = 'ResizeFailedError';
  readonly code = 'ERR_RESIZE_FAILED';

  /**
   * @param workers how many there were to be
   * @param cause why a new worker did not boot
   */
  constructor(workers: number, cause: Error) {
    super(
      `Cannot resize the pool to '${workers}' workers, which serves on as before: ${cause.message}`,
      { cause },
    );
  }
}

/** This Node, this platform, or this kind of socket cannot be handed to a worker. */
export class SocketTransferUnsupportedError extends PoolError {
  override readonly name = 'SocketTransferUnsupportedError';
  readonly code = 'ERR_SOCKET_TRANSFER_UNSUPPORTED';
}

/** A scheduling function threw, or chose a worker that was not on offer. */
export class SchedulingError extends PoolError {
  override readonly name = 'SchedulingError';
  readonly code = 'ERR_SCHEDULING';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot schedule a connection as asked: ${reason}`, options);
  }
}

/** An option asks for what this kind of pool cannot do, or what would have no effect in it. */
export class UnsupportedOptionError extends PoolError {
  override readonly name = 'UnsupportedOptionError';
  readonly code = 'ERR_UNSUPPORTED_OPTION';
}

/** OpenSSL cannot use what `tls` gives it; the cause says why. */
export class InvalidTlsOptionsError extends PoolError {
  override readonly name = 'InvalidTlsOptionsError';
  readonly code = 'ERR_INVALID_TLS_OPTIONS';

  /** @param cause what OpenSSL says */
  constructor(cause: Error) {
    super(`Cannot use option tls: ${cause.message}`, { cause });
  }
}

/** `reloadTls()`: workers have not answered in time, such as because their event loop stalls. */
export class TlsReloadTimeoutError extends PoolError {
  override readonly name = 'TlsReloadTimeoutError';
  readonly code = 'ERR_TLS_RELOAD_TIMEOUT';

  /**
   * @param workerIds who has not answered
   * @param timeoutMs how long that took, in milliseconds
   */
  constructor(workerIds: readonly number[], timeoutMs: number) {
    super(
      `Cannot tell that TLS is reloaded: worker ${workerIds.join(', ')} has not answered within ` +
        `${timeoutMs} ms; it reloads when its event loop turns again, or is replaced by one that has`,
    );
  }
}

/** There are no file descriptors left; accepting goes on by itself when there are. */
export class DescriptorsExhaustedError extends PoolError {
  override readonly name = 'DescriptorsExhaustedError';
  readonly code = 'ERR_DESCRIPTORS_EXHAUSTED';

  constructor(consequence: string) {
    super(
      `Cannot accept for now: the process has hardly any file descriptors left; ${consequence}; ` +
        'raise the limit (ulimit -n), or allow fewer connections',
    );
  }
}
