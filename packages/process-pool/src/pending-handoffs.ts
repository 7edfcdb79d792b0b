/** How long a worker may take to answer before it is asked whether a connection has come, in milliseconds. */
const PATIENCE_MS = 500;

/** Request ids of probes: none that a `ManagedWorker` uses. */
const FIRST_PROBE = -1;

/** What is done about handoffs that have not been answered. */
export interface PendingHandoffEvents {
  /** Asks the worker for a report with that id, after everything it was sent so far. */
  probe(requestId: number): void;
  /** Connections have not reached the worker. */
  missing(connectionIds: readonly number[]): void;
  warn(message: string): void;
}

/**
 * Finds the handoffs that never reach a worker process. When it has no file descriptor left for
 * a connection, Node gives up after a few attempts and tells only by a warning; the client would
 * wait forever.
 *
 * What is sent later arrives later. So a worker that answers a later message, and has neither
 * accepted nor refused a connection, has not got it.
 */
export class PendingHandoffs {
  readonly #events: PendingHandoffEvents;
  /** When each was sent, the oldest first. */
  readonly #sentAtMs = new Map<number, number>();
  /** What had not been answered when the probe was sent. */
  #probed: readonly number[] = [];
  #probeId: number = FIRST_PROBE;
  #timer: NodeJS.Timeout | undefined;

  /** @param events what to do */
  constructor(events: PendingHandoffEvents) {
    this.#events = events;
  }

  /** How many have been sent and are not answered. */
  get count(): number {
    return this.#sentAtMs.size;
  }

  /** A connection has been sent. */
  add(connectionId: number): void {
    this.#sentAtMs.set(connectionId, performance.now());
    this.#timer ??= setTimeout(() => this.#look(), PATIENCE_MS).unref();
  }

  /**
   * Takes note of what the worker says.
   *
   * @param message anything that it has sent
   * @returns whether it answers a probe, and so is for nobody else
   */
  hear(message: unknown): boolean {
    const { type, connectionId, requestId } = (message ?? {}) as Record<string, unknown>;
    if (type === 'accepted' || type === 'refused') this.#sentAtMs.delete(connectionId as number);
    if (type !== 'report' || requestId !== this.#probeId) return false;
    this.#conclude();
    return true;
  }

  /** The worker is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAtMs.clear();
    this.#probed = [];
  }

  #look(): void {
    this.#timer = undefined;
    const [oldest] = this.#sentAtMs.values();
    if (oldest === undefined) return;
    if (this.#probed.length === 0 && performance.now() - oldest >= PATIENCE_MS) {
      this.#probed = [...this.#sentAtMs.keys()];
      this.#probeId -= 1;
      this.#events.probe(this.#probeId);
    }
    this.#timer = setTimeout(() => this.#look(), PATIENCE_MS).unref();
  }

  #conclude(): void {
    const missing = this.#probed.filter((connectionId) => this.#sentAtMs.delete(connectionId));
    this.#probed = [];
    if (missing.length === 0) return;
    this.#events.warn(
      'Connections do not reach a worker: it has hardly any file descriptors left; ' +
        'their clients wait for another; raise the limit (ulimit -n), or allow fewer connections',
    );
    this.#events.missing(missing);
  }
}
