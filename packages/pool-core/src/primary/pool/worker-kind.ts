import type { Acceptor } from '../accepting/acceptor.ts';
import type { WorkerBoot, WorkerHandle, WorkerHandleEvents } from '../../protocol/worker-handle.ts';

/**
 * What makes a pool of processes or of threads out of a `WorkerPool`. `Launch` is
 * what only this kind of worker has, such as its environment, and a restart can change.
 */
export interface WorkerPoolMachinery<Launch extends object = object> {
  readonly acceptor: Acceptor;
  /** The pool's own; it has every field, also those that are undefined. */
  readonly launch: Launch;
  /**
   * Checks what a restart makes of `launch`, and gives it back.
   *
   * @throws {TypeError | RangeError} when a field of it is wrong
   */
  checkLaunch(launch: Launch): Launch;
  /** Spawns one worker; what it does is told to `events`, never before this returns. */
  spawn(boot: WorkerBoot, events: WorkerHandleEvents, launch: Launch): WorkerHandle;
}
