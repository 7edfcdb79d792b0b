import type { Acceptor } from './acceptor.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';

/** What an accept controller opens and shuts, and by what. */
export interface AcceptControllerParts {
  readonly acceptor: Acceptor;
  /** The workers, which accept by themselves in some kinds of pools. */
  readonly workers: () => readonly ManagedWorker[];
  /** Whether there is no capacity for another connection, neither served nor waiting nor turned away. */
  readonly full: () => boolean;
}

/** Decides whether a pool accepts: while it serves, is not paused and has capacity for a client. */
export class AcceptController {
  readonly #parts: AcceptControllerParts;
  #serving = false;
  #closed = false;
  #paused = false;

  constructor(parts: AcceptControllerParts) {
    this.#parts = parts;
  }

  /** Whether the pool is paused. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Begins to accept. */
  open(): void {
    this.#serving = true;
    this.update();
  }

  /** From now on leaves the acceptor and the workers as they are: the pool closes. Idempotent. */
  close(): void {
    this.#serving = false;
    this.#closed = true;
  }

  /** Pauses or resumes. */
  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    const { acceptor, workers } = this.#parts;
    if (acceptor.workersAccept) {
      for (const worker of workers()) worker.setPaused(paused);
    }
    this.update();
  }

  /** Parks or unparks the acceptor; to be called when there may be more or less capacity. */
  update(): void {
    if (!this.#serving) return;
    if (this.#paused || this.#parts.full()) this.#parts.acceptor.park();
    else this.#parts.acceptor.unpark();
  }
}
