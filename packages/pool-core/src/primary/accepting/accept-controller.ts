import type { PoolAddresses } from './pool-addresses.ts';
import type { ConnectionShedder } from '../dispatch/connection-shedder.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';

/** What an accept controller opens and shuts, and by what. */
export interface AcceptControllerParts {
  readonly addresses: Pick<PoolAddresses, 'workersAccept' | 'park' | 'unpark'>;
  /** The workers, which accept by themselves in some kinds of pools. */
  readonly workers: () => readonly ManagedWorker[];
  readonly dispatcher: Pick<Dispatcher, 'takesMore'>;
  readonly shedder: Pick<ConnectionShedder, 'saturated'>;
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

  /** From now on leaves the addresses and the workers as they are: the pool closes. Idempotent. */
  close(): void {
    this.#serving = false;
    this.#closed = true;
  }

  /** Pauses or resumes. */
  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    const { addresses, workers } = this.#parts;
    if (addresses.workersAccept) {
      for (const worker of workers()) worker.setPaused(paused);
    }
    this.update();
  }

  /** Parks or unparks the addresses; to be called when there may be more or less capacity. */
  update(): void {
    if (!this.#serving) return;
    const { addresses, dispatcher, shedder } = this.#parts;
    // Another one could neither be served, nor wait, nor be rejected.
    const full = !dispatcher.takesMore || shedder.saturated;
    if (this.#paused || full) addresses.park();
    else addresses.unpark();
  }
}
