import type { EventEmitter } from 'node:events';
import { ControlError } from '../control-error.ts';
import type { ChangeTerms, ControllablePool, ControlledWorker } from '../controllable-pool.ts';

/** How a canary proves itself. */
export interface CanaryTerms extends Pick<ChangeTerms, 'graceMs'> {
  /** Which worker goes first. */
  readonly workerId: number;
  /** For how long it serves before the others are restarted, in milliseconds. */
  readonly observeMs: number;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/**
 * Replaces one worker, lets its successor serve for a while beside the others, and looks whether it
 * fails: ends, gets stuck, or has a handler that throws.
 *
 * @param pool the pool
 * @param terms which worker, and for how long
 * @returns what `retire()` reports, when the canary has served for so long without a failure
 * @throws {RetireFailedError} when the successor does not serve, or ends within that time;
 *   nothing has changed then
 * @throws {ControlError} with `ERR_CANARY_FAILED` when one of its handlers fails meanwhile; it stays,
 *   and the others are as before
 */
export async function tryCanary(pool: ControllablePool, terms: CanaryTerms): Promise<object> {
  const { workerId, observeMs, graceMs, signal } = terms;
  const emitter = pool as unknown as EventEmitter;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  let nativeId: number | undefined;
  const fail = (what: string, cause?: unknown): void =>
    reject(
      new ControlError(
        'ERR_CANARY_FAILED',
        `Cannot go on after the canary: worker ${workerId} ${what}; the others run the code of before` +
          (cause instanceof Error ? `: ${cause.message}` : ''),
        { cause },
      ),
    );
  const listeners = {
    workerReady: (worker: ControlledWorker) => {
      if (worker.workerId === workerId) nativeId = worker.nativeId;
    },
    handlerError: (error: Error, worker: ControlledWorker) => {
      if (worker.nativeId === nativeId) fail('has a handler that failed', error);
    },
    closing: () => fail('was not tried to the end, since the pool closes'),
  };
  const onAbort = (): void => fail('was not tried to the end', signal.reason);
  for (const [event, listener] of Object.entries(listeners)) emitter.on(event, listener);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // It takes clients from here on, and the one before it leaves when it has done so for a while.
    const minReadyMs = observeMs;
    return await Promise.race([
      pool.retire(workerId, { minReadyMs, ...(graceMs !== undefined && { graceMs }) }),
      failed,
    ]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const [event, listener] of Object.entries(listeners)) emitter.off(event, listener);
  }
}
