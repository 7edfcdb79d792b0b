import type { WorkerBoot } from '../protocol/worker-handle.ts';
import type { WorkerListener } from './worker-port.ts';

/** What a worker that accepts by itself listens with. */
export interface WorkerListeningSettings {
  readonly boot: Pick<WorkerBoot, 'accepting' | 'standby' | 'paused' | 'maxConnections'>;
  /** Opens the listeners, of which each address has one or more. */
  readonly listen: (() => Promise<readonly WorkerListener[]>) | undefined;
  /** See `WorkerRuntimeSettings`. */
  readonly listenable: (() => Promise<unknown>) | undefined;
  /** How many connections the worker has. */
  readonly openConnections: () => number;
  /** Fires when the worker leaves. */
  readonly leaving: AbortSignal;
}

/**
 * The listeners of a worker that accepts by itself: open while the worker is to accept, parked while
 * the pool is paused or the worker is full. Does nothing in a worker that is handed connections.
 */
export class WorkerListening {
  readonly #settings: WorkerListeningSettings;
  #listeners: readonly WorkerListener[] = [];
  #paused: boolean;

  constructor(settings: WorkerListeningSettings) {
    this.#settings = settings;
    this.#paused = settings.boot.paused;
  }

  /** Whether the worker accepts by itself, now or when its listeners are unparked. */
  get isOpen(): boolean {
    return this.#listeners.length > 0;
  }

  /** Opens them for a worker that is starting, or makes sure that a worker on standby can. */
  async prepare(): Promise<void> {
    const { boot, listenable } = this.#settings;
    if (!boot.accepting) return;
    if (boot.standby) await listenable?.();
    else await this.open();
  }

  /** Opens them, unless the worker is told before or meanwhile to leave. */
  async open(): Promise<void> {
    const { listen, leaving } = this.#settings;
    if (leaving.aborted) return;
    this.#listeners = (await listen?.()) ?? [];
    if (leaving.aborted) this.close();
  }

  /** The pool is paused, or is not any more. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.update();
  }

  /** Parks or unparks; to be called when the worker has more or fewer connections. */
  update(): void {
    for (const listener of this.#listeners) {
      // Asked anew for each: one that is unparked may pass on a connection at once.
      if (this.#takesNone) listener.park();
      else listener.unpark();
    }
  }

  get #takesNone(): boolean {
    const { openConnections, boot } = this.#settings;
    return this.#paused || openConnections() >= boot.maxConnections;
  }

  /** Accepts nothing more, for good. Idempotent. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
  }
}
