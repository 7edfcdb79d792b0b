import { PoolError } from './errors.ts';

/** There is no running worker in that slot, or none with that process or thread id. */
export class WorkerNotRunningError extends PoolError {
  override readonly name = 'WorkerNotRunningError';
  readonly code = 'ERR_WORKER_NOT_RUNNING';

  constructor(workerId: number, nativeId: number | undefined) {
    super(
      `Cannot inspect worker ${workerId}${nativeId === undefined ? '' : ` with id ${nativeId}`}: ` +
        'no such worker is running; stats() lists those that are',
    );
  }
}

/** What was asked of a worker could not be taken. */
export class InspectionError extends PoolError {
  override readonly name = 'InspectionError';
  readonly code = 'ERR_INSPECTION';

  constructor(workerId: number, reason: string, options?: ErrorOptions) {
    super(`Cannot inspect worker ${workerId}: ${reason}`, options);
  }
}
