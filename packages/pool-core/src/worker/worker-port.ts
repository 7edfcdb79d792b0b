import type { WorkerMessage } from '../protocol/messages.ts';

/** The worker's end of the line to its primary, implemented by each kind of worker. */
export interface WorkerPort {
  send(message: WorkerMessage): void;
  /** Sends a last message, and ends the worker with that exit code when it is on its way. */
  finish(message: WorkerMessage, code: number): void;
  /**
   * Says whether the line to the primary keeps the event loop alive, as it does at first; absent where
   * the worker is not alone in its event loop.
   */
  keepAlive?(keeps: boolean): void;
  /**
   * Waits for work that nobody has told of, see `EventLoopRest`; absent where the worker is
   * not alone in its event loop.
   *
   * @param limitMs the longest wait
   */
  rested?(limitMs: number): Promise<void>;
  /**
   * Notes that a connection has closed, before the worker tells the primary of the free capacity.
   *
   * @param handoffId the id of its handoff, if it came by one
   */
  left?(handoffId: number | undefined): void;
}

/** A listener of the worker's own; `ParkableListener` is one. */
export interface WorkerListener {
  park(): void;
  unpark(): void;
  close(): void;
}
