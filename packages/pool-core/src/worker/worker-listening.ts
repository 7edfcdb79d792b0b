import type { WorkerBoot } from '../protocol/worker-handle.ts';
import type { WorkerListener } from './worker-port.ts';

/** What a worker that accepts by itself listens with. */
export interface WorkerListeningSettings {
  readonly boot: Pick<WorkerBoot, 'accepting' | 'standby' | 'paused' | 'maxConnections'>;
  /** Opens the listener. */
  readonly listen: (() => Promise<WorkerListener>) | undefined;
  /** See `WorkerRuntimeSettings`. */
  readonly listenable: (() => Promise<unknown>) | undefined;
  /** How many connections the worker has. */
  readonly openConnections: () => number;
  /** Fires when the worker goes away. */
  readonly leaving: AbortSignal;
}

/**
 * The listener of a worker that accepts by itself: open while the worker is to accept, parked while
 * the pool is paused or the worker is full. Does nothing in a worker that is handed connections.
 */
export class WorkerListening {
  readonly #settings: WorkerListeningSettings;
  #listener: WorkerListener | undefined;
  #paused: boolean;

  constructor(settings: WorkerListeningSettings) {
    this.#settings = settings;
    this.#paused = settings.boot.paused;
  }

  /** Whether the worker accepts by itself, now or when its listener is unparked. */
  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  /** Opens it for a worker that is starting, or makes sure that a worker on standby can. */
  async prepare(): Promise<void> {
    const { boot, listenable } = this.#settings;
    if (!boot.accepting) return;
    if (boot.standby) await listenable?.();
    else await this.open();
  }

  /** Opens it, unless the worker is told before or meanwhile to leave. */
  async open(): Promise<void> {
    const { listen, leaving } = this.#settings;
    if (leaving.aborted) return;
    const listener = await listen?.();
    if (leaving.aborted) listener?.close();
    else this.#listener = listener;
  }

  /** The pool is paused, or is not any more. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.update();
  }

  /** Parks or unparks; to be called when the worker has more or fewer connections. */
  update(): void {
    const { openConnections, boot } = this.#settings;
    if (this.#paused || openConnections() >= boot.maxConnections) this.#listener?.park();
    else this.#listener?.unpark();
  }

  /** Accepts nothing more, for good. Idempotent. */
  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }
}
