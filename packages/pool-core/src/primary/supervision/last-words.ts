import { asError, type ErrorRecord, fromErrorRecord } from '../../errors/error-record.ts';
import { WorkerBootError } from '../../errors/errors.ts';
import { shortageOf, WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import { explainFailedStart } from '../../protocol/worker-end.ts';
import type { WorkerExit } from '../../protocol/worker-handle.ts';

/** Why one worker ended, as far as it or somebody else has told. */
export class LastWords {
  readonly #workerId: number;
  #error: Error | undefined;
  /** Whether the error came from the worker itself, which knows best. */
  #own = false;
  #shortage: Error | undefined;

  constructor(workerId: number) {
    this.#workerId = workerId;
  }

  /** The last error that was told. */
  get error(): Error | undefined {
    return this.#error;
  }

  /**
   * Why the system did not let the worker come to serve, such as without a free file descriptor,
   * which is no fault of its code.
   */
  get shortage(): Error | undefined {
    return this.#shortage;
  }

  /** Whoever started the worker tells of an error. */
  heard(error: unknown): void {
    if (!this.#own) this.#error = asError(error);
  }

  /** The primary ends the worker, for a reason. */
  endedFor(error: Error): void {
    this.#error = error;
  }

  /** The worker has not come to serve. */
  bootFailed(record: ErrorRecord): void {
    this.#error = fromErrorRecord(record);
    this.#own = true;
    if (shortageOf(this.#error) !== undefined) this.#shortage = this.#error;
  }

  /** The worker has an error that nothing caught; `fatal` tells that it dies of it. */
  uncaught(record: ErrorRecord, fatal: boolean): void {
    this.#error = fromErrorRecord(record);
    this.#own = fatal;
  }

  /** There is no worker. */
  neverWas(error: Error): void {
    this.#shortage = new WorkerSpawnError(this.#workerId, error);
    this.#error = this.#shortage;
  }

  /** Says why the worker ended before it was ready. */
  bootError(exit: WorkerExit): Error {
    if (this.#shortage instanceof WorkerSpawnError) return this.#shortage;
    return new WorkerBootError(
      this.#workerId,
      explainFailedStart(exit, this.#error),
      this.#error && { cause: this.#error },
    );
  }
}
