import type { Acceptor } from '../accepting/acceptor.ts';
import type { WorkerBoot, WorkerHandle, WorkerHandleEvents } from '../../protocol/worker-handle.ts';

/**
 * What makes a pool of processes or of threads out of a `WorkerPool`. `KindOptions` is
 * what only this kind of worker has, such as its environment, and a restart can change.
 */
export interface WorkerKind<KindOptions extends object = object> {
  /** Makes the acceptor of one more address; called in the order of the addresses. */
  createAcceptor(): Acceptor;
  /** The pool's own; it has every field, also those that are undefined. */
  readonly kindOptions: KindOptions;
  /**
   * Checks what a restart makes of `kindOptions`, and gives it back.
   *
   * @throws {TypeError | RangeError} when a field of it is wrong
   */
  checkKindOptions(kindOptions: KindOptions): KindOptions;
  /**
   * Tells whether a connection can be handed over now, where that takes this process a file
   * descriptor: without one, Node would swallow it and tell nobody, so that it waits instead.
   */
  canHandOff?(): boolean;
  /** Spawns one worker; what it does is told to `events`, never before this returns. */
  spawn(boot: WorkerBoot, events: WorkerHandleEvents, kindOptions: KindOptions): WorkerHandle;
}
