/** The signals that ask a program to end. */
const CLOSING_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What signals do to a pool. */
export interface ClosableBySignal {
  close(): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/**
 * Closes a pool gracefully at the first SIGTERM or SIGINT, destroys it at the second.
 *
 * @param pool the pool
 * @returns takes the signal handlers away again
 */
export function closeOnSignals(pool: ClosableBySignal): () => void {
  let received = 0;
  const onSignal = (): void => {
    received += 1;
    void (received === 1 ? pool.close() : pool.destroy());
  };
  for (const signal of CLOSING_SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of CLOSING_SIGNALS) process.off(signal, onSignal);
  };
}
