type SignalListener = (signal: NodeJS.Signals) => void;

/** All who listen to one signal, for whom the program has one listener: it may have many pools. */
class SharedListener {
  readonly #signal: NodeJS.Signals;
  readonly #listeners = new Set<SignalListener>();

  constructor(signal: NodeJS.Signals) {
    this.#signal = signal;
  }

  add(listener: SignalListener): void {
    if (this.#listeners.size === 0) process.on(this.#signal, this.#tell);
    this.#listeners.add(listener);
  }

  delete(listener: SignalListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) process.off(this.#signal, this.#tell);
  }

  readonly #tell = (): void => {
    // A copy: a listener may go, or bring others.
    for (const listener of Array.from(this.#listeners)) listener(this.#signal);
  };
}

const shared = new Map<NodeJS.Signals, SharedListener>();

/**
 * Listens to a signal.
 *
 * @param signal the signal
 * @param listener called each time it comes
 * @returns listens no more; idempotent
 */
export function listenToSignal(signal: NodeJS.Signals, listener: SignalListener): () => void {
  const listeners = shared.get(signal) ?? new SharedListener(signal);
  shared.set(signal, listeners);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
