import type { DepartureOrder } from '@sockpool/handler/hosting';
import type { PrimaryMessage } from '../../protocol/messages.ts';
import type { WorkerBoot } from '../../protocol/worker-handle.ts';
import type { WorkerCounts } from '../../protocol/worker-report.ts';

/** Whether one worker takes new connections: those that the primary hands it, or that it accepts. */
export class WorkerIntake {
  readonly #boot: WorkerBoot;
  readonly #send: (message: PrimaryMessage) => void;
  readonly #activated = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<WorkerCounts>();
  #handed: boolean;
  #paused: boolean;
  #held = false;
  #inService: boolean;

  /**
   * @param boot what the worker was told when it was spawned
   * @param send sends it a message
   */
  constructor(boot: WorkerBoot, send: (message: PrimaryMessage) => void) {
    this.#boot = boot;
    this.#send = send;
    this.#handed = !boot.accepting && !boot.standby;
    this.#paused = boot.paused;
    this.#inService = !boot.standby;
  }

  /** Whether it is the primary that gives the worker its connections, once it is to have any. */
  get handed(): boolean {
    return this.#handed;
  }

  /** Whether the worker has been let out of standby, and is not held back. */
  get inService(): boolean {
    return this.#inService && !this.#held;
  }

  /** Whether the primary may hand over a connection now, given free capacity. */
  get open(): boolean {
    return this.#handed && !this.#held;
  }

  /** Resolves when the worker accepts nothing more by itself, to its counters then; or is gone. */
  get stopped(): Promise<WorkerCounts> {
    return this.#stopped.promise;
  }

  /**
   * Lets a worker on standby take connections.
   *
   * @returns resolves when it does, or is gone
   */
  activate(): Promise<void> {
    if (this.#boot.accepting) {
      this.#send({ type: 'activate' });
    } else {
      this.#handed = true;
      this.activated();
    }
    return this.#activated.promise;
  }

  /** The worker takes connections. */
  activated(): void {
    this.#inService = true;
    this.#activated.resolve();
  }

  /** The pool is paused, or is not any more: one that accepts by itself does as the pool. */
  setPaused(paused: boolean): void {
    this.#park(paused, this.#held);
  }

  /** Takes no new connections until {@link serveAgain}. */
  hold(): void {
    // One that cannot park would keep new clients waiting instead of leaving them to others.
    if (this.#boot.accepting && !this.#boot.parks) return;
    this.#park(this.#paused, true);
  }

  /** Takes connections again after {@link hold}. */
  serveAgain(): void {
    this.#park(this.#paused, false);
  }

  /** Tells the worker to accept nothing more by itself. */
  stopAccepting(order: DepartureOrder): void {
    this.#send({ type: 'stopAccepting', ...order });
  }

  /** The worker accepts nothing more by itself: from now on the primary hands it connections. */
  acceptingStopped(counts: WorkerCounts): void {
    this.#handed = true;
    this.#held = false;
    this.#stopped.resolve(counts);
  }

  /** Hands the worker nothing more, for good. */
  close(): void {
    this.#handed = false;
  }

  /** The worker is gone. */
  ended(counts: WorkerCounts): void {
    this.#activated.resolve();
    this.#stopped.resolve(counts);
  }

  #park(paused: boolean, held: boolean): void {
    const parked = this.#paused || this.#held;
    this.#paused = paused;
    this.#held = held;
    const park = paused || held;
    if (this.#boot.accepting && park !== parked) this.#send({ type: park ? 'pause' : 'resume' });
  }
}
