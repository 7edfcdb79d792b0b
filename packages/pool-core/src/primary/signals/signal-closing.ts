import { listenToSignal } from './signal-listeners.ts';

/** The signals that ask a program to end. */
const CLOSING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What signals do to a pool. */
export interface ClosableBySignal {
  /** Closes it gracefully; a pool that starts, when it has started. */
  close(): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/** Closes a pool gracefully at the first SIGTERM or SIGINT, and destroys it at the second. */
export class SignalClosing {
  readonly #pool: ClosableBySignal;
  readonly #end: (signal: NodeJS.Signals) => void;
  readonly #stops: readonly (() => void)[];
  #last: NodeJS.Signals | undefined;

  /**
   * @param pool the pool
   * @param end ends the program by a signal
   */
  constructor(
    pool: ClosableBySignal,
    end: (signal: NodeJS.Signals) => void = (signal) => void process.kill(process.pid, signal),
  ) {
    this.#pool = pool;
    this.#end = end;
    this.#stops = CLOSING_SIGNALS.map((signal) => listenToSignal(signal, this.#onSignal));
  }

  /** Listens to signals no more. Idempotent. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /**
   * Lets the last signal end the program as it would without a pool: for one that came while
   * the pool started, and it never came to listen. Does nothing if none came, or if the
   * program listens to that signal itself.
   */
  passOn(): void {
    this.stop();
    if (this.#last !== undefined && process.listenerCount(this.#last) === 0) this.#end(this.#last);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const first = this.#last === undefined;
    this.#last = signal;
    void (first ? this.#pool.close() : this.#pool.destroy());
  };
}
